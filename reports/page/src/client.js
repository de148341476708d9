import { offerTheme } from "./theme.js";

offerTheme();
