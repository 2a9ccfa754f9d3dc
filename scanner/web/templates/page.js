"use strict";
(() => {
  // Times as those of the reader, with UTC on hover; without this script they are UTC.
  const two = (number) => String(number).padStart(2, "0");
  const day = (at) => [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join("-");
  const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  for (const shown of document.querySelectorAll("time[datetime]")) {
    const at = new Date(shown.dateTime);
    if (zone === "UTC" || Number.isNaN(at.getTime())) continue;
    shown.title = shown.dateTime.replace("T", " ").replace("Z", " UTC");
    // as exact as the text is: a day, or hours and minutes, or seconds as well
    const colons = shown.textContent.split(":").length - 1;
    const clock = [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).slice(0, colons && colons + 1).join(":");
    shown.textContent = `${day(at)} ${clock}`.trim();
  }
  const note = document.getElementById("zone");
  if (note && zone && zone !== "UTC") note.textContent = `Times are those of ${zone}, with UTC on hover.`;
  // A list of choices closes with a click elsewhere, and with Escape.
  const open = () => document.querySelectorAll("details[name=filter][open]");
  document.addEventListener("click", (event) => {
    for (const list of open()) if (!list.contains(event.target)) list.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const list of open()) {
      list.open = false;
      list.querySelector("summary").focus();
    }
  });
})();
