"use strict";
const d=document,e=d.documentElement,p=e.dataset,$=i=>d.getElementById(i);
const T=[...d.querySelectorAll("time[datetime*=T]")];
const say=(t,z)=>{
const s=new Date(t).toLocaleString(e.lang+(e.lang=="en"?"-GB":""),{timeZone:z,day:"numeric",month:"short",hour:"2-digit",minute:"2-digit",timeZoneName:"short"});
return e.lang=="fr"?s.replace(":","\xa0h\xa0"):s};
T.forEach(t=>{t.title=say(t.dateTime);t.was=t.textContent});
const b=$("zone");
if(b&&T.some(t=>t.title!=say(t.dateTime,p.zone))){
b.hidden=false;
b.onclick=()=>{
const on=b.getAttribute("aria-pressed")!="true";
b.setAttribute("aria-pressed",on);
T.forEach(t=>t.textContent=on?t.title:t.was)}}
const check=async()=>{
let now=Date.now(),until=p.until,made=p.made,fresh;
try{
const r=await fetch(p.root+"heartbeat.json",{cache:"no-cache",signal:AbortSignal.timeout(1e4)});
const h=await r.json();
until=h.good_until;
made=h.generated_at;
const s=Date.parse(r.headers.get("Date"));
if(s)now=s+1e3*(r.headers.get("Age")||0);
fresh=1}catch{}
const old=!!until&&now>Date.parse(until);
$("old").hidden=!old;
if(old)$("made").textContent=say(made,p.zone);
const newer=!old&&!!fresh&&!!p.until&&now>Date.parse(p.until);
$("newer").hidden=!newer;
return newer};
check();
setInterval(check,3e4);
d.onvisibilitychange=async()=>{if(!d.hidden&&await check()&&d.activeElement==d.body)location.reload()};
