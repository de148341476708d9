import { drawKnee } from "./knee.js";
import { offerTheme } from "./theme.js";

offerTheme();
drawKnee();
