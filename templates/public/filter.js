{
const k=$("pick"),w=k.dataset,q=new URLSearchParams(location.search);
const slug=a=>a.getAttribute("href").split("/").at(-2);
const rows=[...d.querySelectorAll(".c")].map(r=>({r,n:r.querySelector("b").textContent,s:slug(r.querySelector("a")),t:(r.dataset.t||"").split(" ")}));
const line=d.createElement("p");
line.id="mine";
line.setAttribute("role","status");
d.querySelector(".hero").append(line);
const show=()=>{
const t=q.getAll("tag"),c=q.getAll("component"),any=t.length+c.length;
const mine=rows.filter(x=>c.includes(x.s)||t.some(y=>x.t.includes(y))),all=!mine.length;
rows.forEach(x=>x.r.hidden=!all&&!mine.includes(x));
d.querySelectorAll(".g").forEach(g=>{g.hidden=!g.querySelector(".c:not([hidden])");if(!all)g.open=true});
const bad=mine.map(x=>[x.n,x.r.querySelector(".s")]).filter(x=>!x[1].matches(".ok")).map(x=>x[0]+(e.lang=="fr"?"\xa0: ":": ")+x[1].textContent);
line.textContent=!any?"":all?w.none:w.said.replace("{shown}",mine.length).replace("{all}",rows.length)+(bad.join(", ")||w.fine)};
const box=(name,value,text)=>{
const l=d.createElement("label"),i=d.createElement("input");
Object.assign(i,{type:"checkbox",name,value,checked:q.getAll(name).includes(value)});
l.append(i,text);
return l};
const build=()=>{
if(k.querySelector("input"))return;
const f=k.querySelector("p"),tags=[...f.querySelectorAll("a")].map(a=>box("tag",slug(a),a.textContent));
const b=d.createElement("button");
b.textContent=w.all;
f.replaceChildren(...tags,...tags.length?[d.createElement("hr")]:[],...rows.map(x=>box("component",x.s,x.n)),b);
const keep=()=>{
q.delete("tag");
q.delete("component");
f.querySelectorAll(":checked").forEach(i=>q.append(i.name,i.value));
history.replaceState(null,"",location.pathname+(q.size?"?"+q:""));
show()};
b.onclick=()=>{f.querySelectorAll(":checked").forEach(i=>i.checked=false);keep()};
f.onchange=keep};
k.ontoggle=build;
if(q.has("tag")||q.has("component")){k.open=true;show()}
if(k.open)build()
}
