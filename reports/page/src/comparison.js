import { offerSorting } from "./tables.js";
import { offerTheme } from "./theme.js";
import { drawTrends } from "./trend.js";

offerTheme();
offerSorting();
drawTrends();
