// Puts a film together from its pieces. A file of its own: only recordings with playlists need it.
export { default } from "hls.js/light";
