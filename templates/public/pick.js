/* Fetches filter.js once somebody picks; without it the tags stay links. */
{
const k=$("pick"),get=()=>{
k.ontoggle=null;
d.body.append(Object.assign(d.createElement("script"),{src:p.root+"filter.js"}))};
k.hidden=false;
k.ontoggle=get;
if(/[?&](tag|component)=/.test(location.search))get()
}
