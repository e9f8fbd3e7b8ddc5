/* htmx 4 as a module: partial page updates. Pages work without it. */
import "htmx.org";
