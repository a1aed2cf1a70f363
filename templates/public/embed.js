/* The widget for other people's pages. Whatever comes over the network is shown as text, never as markup;
   what cannot be asked, or is too old, is unknown. */
(()=>{
const d=document,me=d.currentScript;
if(!me)return;
const words=__WORDS__,o=me.dataset,base=new URL(".",me.src).href;
let lang=(o.lang||d.documentElement.lang).slice(0,2).toLowerCase();
words[lang]||(lang=Object.keys(words)[0]);
const[at,name,unknown]=words[lang],put=(to,tag,set,ns="http://www.w3.org/1999/xhtml")=>{
const n=d.createElementNS(ns,tag);
for(const k in set)n.setAttribute(k,set[k]);
to?.append(n);
return n};
const host=put(null,"status-page",{lang}),root=host.attachShadow({mode:"open"}),css=new CSSStyleSheet();
css.replaceSync("__STYLE__");
root.adoptedStyleSheets=[css];
const link=put(root,"a",{href:base+at,part:"link",...self!=top&&{target:"_blank",rel:"noopener"}});
const svg="http://www.w3.org/2000/svg",icon=put(link,"svg",{viewBox:"0 0 16 16","aria-hidden":"true"},svg);
const path=put(icon,"path",{},svg),line=put(link,"span",{role:"status"});
line.append(name);
const bold=put(line,"b"),rest=put(line,"span");
let said;
const show=(tone,mark,status,text)=>{
host.hidden="quiet"in o&&tone=="ok";
if(said!=(said=tone+status+text)){
icon.setAttribute("class",tone);
path.setAttribute("d",mark);
bold.textContent=status;
rest.textContent=text&&" · "+text}
if(host.isConnected)return;
const old=d.getElementById(o.replace);
if(old)old.replaceWith(host);
else if(d.body.contains(me))me.after(host);
else d.body.append(host)};
const get=async f=>{
const r=await fetch(base+f,{cache:"no-cache",credentials:"omit",signal:AbortSignal.timeout(1e4)});
if(!r.ok)throw 0;
return[await r.json(),r.headers]};
const look=async()=>{
if(!d.hidden)try{
const[beat,h]=await get("heartbeat.json"),s=Date.parse(h.get("Date"));
if(!((s?s+1e3*h.get("Age"):Date.now())<=Date.parse(beat.good_until)))throw 0;
const[t]=await get(at+"embed.json");
show(...["tone","mark","status","text"].map(k=>t[k].slice()))
}catch{show("unk","__UNKNOWN__",unknown,"")}};
const go=()=>{look();
setInterval(look,6e4);
d.addEventListener("visibilitychange",look)};
d.body?go():addEventListener("DOMContentLoaded",go)})();
