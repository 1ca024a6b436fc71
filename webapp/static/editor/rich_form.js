/* Rich text in an ordinary form of the panel: it is sent with the form, as what was typed there. */
import { enrich } from "./rich.js";

enrich(document);
