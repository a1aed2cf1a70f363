{
const w=$("search").dataset,q=new URLSearchParams(location.search),only=q.get("component");
const make=(name,...inside)=>{const n=d.createElement(name);n.append(...inside);return n};
const input=make("input"),said=make("p"),hits=make("ul"),more=make("button",w.more);
input.type="search";
input.value=q.get("q")||"";
said.setAttribute("role","status");
said.className="when";
more.type="button";
more.hidden=true;
$("search").append(make("label",w.label,input),said,hits,more);
if(only){
const all=make("a",w.all);
all.href=location.pathname;
const p=make("p",w.only.replace("{name}",only)+" ",all);
p.className="when";
said.before(p)}
const months=[...d.querySelectorAll("a[data-m]")].map(a=>a.dataset.m);
const plain=t=>t.normalize("NFD").replace(/\p{M}/gu,"").toLowerCase();
const date=(t,o)=>new Date(t).toLocaleDateString(L,{...o,year:"numeric",timeZone:"UTC"});
const kept={};
const load=m=>kept[m]??=fetch(p.root+"history/"+m+".json").then(r=>r.ok?r.json():Promise.reject()).catch(x=>{delete kept[m];throw x});
const hit=x=>{
const l=x[e.lang]?e.lang:x.en?"en":"fr",a=make("a",x[l]);
a.href="../incidents/"+x.id+"/";
a.lang=l;
return make("li",a," ",make("small",date(x.on,{day:"numeric",month:"long"})))};
let turn=0,limit=50;
const look=async()=>{
const mine=++turn,words=plain(input.value).split(/\s+/).filter(Boolean);
const fits=x=>words.every(y=>plain(x.en+" "+x.fr).includes(y))&&(!only||x.components.includes(only));
hits.replaceChildren();
said.textContent="";
more.hidden=true;
if(!words.length&&!only)return;
let n=0,at=0;
try{
while(at<months.length&&n<limit){
const lots=await Promise.all(months.slice(at,at+=6).map(load));
if(mine!=turn)return;
const found=lots.flat().filter(fits);
n+=found.length;
hits.append(...found.map(hit))}
said.textContent=n?w.found.replace("{count}",n).replace("{month}",date(months[Math.min(at,months.length)-1],{month:"long"})):w.none;
more.hidden=at>=months.length}
catch{if(mine==turn)said.textContent=w.failed}};
let soon;
const changed=()=>{
const u=new URLSearchParams(location.search);
if(input.value)u.set("q",input.value);else u.delete("q");
history.replaceState(null,"",location.pathname+(u.size?"?"+u:""));
limit=50;
look()};
input.oninput=()=>{clearTimeout(soon);soon=setTimeout(changed,200)};
more.onclick=()=>{limit+=50;look()};
look();
}
