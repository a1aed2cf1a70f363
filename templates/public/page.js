"use strict";
const d=document,e=d.documentElement,p=e.dataset,$=i=>d.getElementById(i);
d.querySelectorAll("[data-html]").forEach(n=>n.innerHTML=n.dataset.html);
const T=[...d.querySelectorAll("time[datetime*=T]")];
const L=e.lang+(e.lang=="en"?"-GB":"");
const day=(t,z)=>new Date(t).toLocaleDateString(L,{timeZone:z});
const say=(t,z,now)=>{
const s=new Date(t).toLocaleString(L,{timeZone:z,...day(t,z)!=day(now||0,z)&&{day:"numeric",month:"short"},hour:"2-digit",minute:"2-digit",timeZoneName:"short"});
return e.lang=="fr"?s.replace(":","\xa0h\xa0"):s};
T.forEach(t=>{t.title=say(t.dateTime);t.was=t.textContent});
const z=$("zone"),b=z.firstChild;
if(T.some(t=>t.title!=say(t.dateTime,p.zone))){
z.hidden=false;
b.onclick=()=>{
const on=b.getAttribute("aria-pressed")!="true";
b.setAttribute("aria-pressed",on);
T.forEach(t=>t.textContent=on?t.title:t.was)}}
/* What was said stands under a headline that says how old it is; what nobody vouches for has no colour. */
const h=d.querySelector("h1"),was=[...h.childNodes],title=d.title,icon=d.querySelector("[rel=icon]"),tint=icon.href;
h.setAttribute("aria-live","polite");
let made=p.made,until=p.until,ahead=0;
const age=old=>{
e.classList.toggle("old",old);
$("old").hidden=!old;
icon.href=old?tint.replace(/%23\w+/,"%236b6760"):tint;
if(!old){if(h.firstChild!=was[0])h.replaceChildren(...was);d.title=title;return}
const s=p.old.replace("{}",say(made,p.zone,Date.now()+ahead));
$("was").append(...was);
h.after($("old"));
if(h.textContent!=s)h.textContent=d.title=s};
const check=async()=>{
let fresh;
try{
const r=await fetch(p.root+"heartbeat.json",{cache:"no-cache",signal:AbortSignal.timeout(1e4)});
const j=await r.json(),s=Date.parse(r.headers.get("Date"));
made=j.generated_at;
until=j.good_until;
ahead=s?s+1e3*(r.headers.get("Age")||0)-Date.now():0;
fresh=1}catch{}
const now=Date.now()+ahead,old=now>Date.parse(until);
age(old);
return!($("newer").hidden=old||!fresh||!(now>Date.parse(p.until)))};
check();
setInterval(check,3e4);
d.onvisibilitychange=async()=>{if(!d.hidden&&await check()&&d.activeElement==d.body)location.reload()};
