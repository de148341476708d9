import { drawHouse } from "./house.js";
import { drawLatencies } from "./latencies.js";
import { drawMap } from "./map.js";
import { offerMessages } from "./message.js";
import { drawPresence } from "./presence.js";
import { drawStrain } from "./strain.js";
import { offerFilter, offerSorting } from "./tables.js";
import { offerTheme } from "./theme.js";

offerTheme();
offerSorting();
offerFilter();

// One after the other, so that the page can be read and scrolled before all of them are drawn.
const waiting = [drawHouse, drawLatencies, () => drawMap(offerMessages()), drawPresence, drawStrain];

function drawNext() {
  waiting.shift()?.();
  if (waiting.length) setTimeout(drawNext);
}

setTimeout(drawNext);
addEventListener("beforeprint", () => waiting.splice(0).forEach((draw) => draw()));
