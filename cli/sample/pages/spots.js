// Tells the maker where the things are that the mouse will go to, in pixels of the screen.
addEventListener("load", () => {
  const top = screenY + outerHeight - innerHeight;
  const spots = {};
  for (const thing of document.querySelectorAll("[data-spot]")) {
    const box = thing.getBoundingClientRect();
    spots[thing.dataset.spot] = [screenX + box.x + box.width / 2, top + box.y + box.height / 2];
  }
  navigator.sendBeacon("/spots", JSON.stringify({ page: location.pathname, spots }));
});
