import { drawLatencies } from "./latencies.js";
import { drawHouse } from "./house.js";
import { drawMap } from "./map.js";
import { offerMessages } from "./message.js";
import { drawPresence } from "./presence.js";
import { drawStrain } from "./strain.js";
import { offerFilter, offerSorting } from "./tables.js";
import { offerTheme } from "./theme.js";

offerTheme();
offerSorting();
offerFilter();
const show = offerMessages();
drawMap(show);
drawHouse();
drawLatencies();
drawPresence();
drawStrain();
