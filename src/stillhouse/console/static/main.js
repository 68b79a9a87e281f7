// The console works without this; with it, tables sort and filter, keys lead somewhere, and what is
// live moves. One small module each.
import "./keys.js";
import "./table.js";
import "./copy.js";
import "./live.js";
import "./watch.js";
