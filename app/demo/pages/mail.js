// The page at / where the demo is off: nothing but where links in mails lead.

import { h, head } from "/demo/dom.js";
import * as letters from "/demo/letters.js";

function show() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const draw = Object.hasOwn(letters, path) && letters[path];
  if (draw && !query && document.querySelector(".letter")) return; // the token was taken out of the address
  const nothing = h("div", { class: "letter card" }, head("Latchkey", "Links in our mails lead here. There is nothing else to see."));
  document.querySelector("#page").replaceChildren(draw ? draw(new URLSearchParams(query)) : nothing);
}

addEventListener("hashchange", show);
show();
