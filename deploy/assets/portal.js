// Every behaviour a page may meet. Each looks for its own marks and does nothing without them.
import "../../static/js/behaviours/busy-button.js";
import "../../static/js/behaviours/current-tab.js";
import "../../static/js/behaviours/dialog-confirm.js";
import "../../static/js/behaviours/error-summary-focus.js";
import "../../static/js/behaviours/following.js";
import "../../static/js/behaviours/local-time.js";
import "../../static/js/behaviours/menu-close.js";
import "../../static/js/behaviours/opened.js";
import "../../static/js/behaviours/password-length.js";
import "../../static/js/behaviours/processing-progress.js";
import "../../static/js/behaviours/show-password.js";
import "../../static/js/behaviours/zone.js";
