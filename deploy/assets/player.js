// The player of the watch page: Plyr, and what the portal puts around it.
import "../../static/js/player/player.js";
