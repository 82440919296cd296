// The script of the pages that upload, with the tus client.
import "../../static/js/uploading/page.js";
