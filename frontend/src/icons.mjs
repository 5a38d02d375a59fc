/**
 * One sprite for all pictures: `<use href="/assets/icons.svg#name">`. Drawn on a 24 × 24 grid,
 * strokes take the colour of the text. A rail icon is named after its room (kernel_obligations).
 */
const line = (d) => `<path d="${d}"/>`
const disc = (cx, cy, r) => `<circle cx="${cx}" cy="${cy}" r="${r}"/>`
const solid = (inner) => inner.replaceAll('/>', ' fill="currentColor" stroke="none"/>')
const RING = disc(12, 12, 9)

const ICONS = {
  // states: never told by colour alone
  ok: RING + line('M8 12.3l2.8 2.8L16.2 9'),
  today: RING + solid(line('M12 12V3a9 9 0 0 1 9 9z')),
  late: RING + line('M12 7v6') + solid(disc(12, 16.6, 1.2)),
  paused: RING + line('M9.8 8.5v7M14.2 8.5v7'),
  closed: RING + solid('<rect x="8.5" y="8.5" width="7" height="7" rx="1"/>'),
  info: RING + line('M12 11v5.5') + solid(disc(12, 7.7, 1.2)),
  dot: solid(disc(12, 12, 4)),
  // how a case stands on the public map: each its own shape
  'mark-late': solid(line('M12 2.5 22.5 21.5H1.5z')),
  'mark-open': solid(disc(12, 12, 9.5)),
  'mark-done': solid(line('M12 1.5 22.5 12 12 22.5 1.5 12z')),
  'mark-closed': solid(line('M4 4h16v16H4z')),
  // signs
  check: line('M5 12.8l4.4 4.4L19 7.4'),
  close: line('M6 6l12 12M18 6L6 18'),
  left: line('M14.5 5.5L8 12l6.5 6.5'),
  right: line('M9.5 5.5L16 12l-6.5 6.5'),
  up: line('M5.5 14.5L12 8l6.5 6.5'),
  down: line('M5.5 9.5L12 16l6.5-6.5'),
  plus: line('M12 5v14M5 12h14'),
  search: disc(10.5, 10.5, 6.5) + line('M15.5 15.5L21 21'),
  filter: line('M4 6h16M7 12h10M10 18h4'),
  sort: line('M8 5v14M4.5 15.5L8 19l3.5-3.5M16 19V5M12.5 8.5L16 5l3.5 3.5'),
  share: disc(6, 12, 2.6) + disc(17.5, 5.8, 2.6) + disc(17.5, 18.2, 2.6) + line('M8.3 10.8l6.9-3.7M8.3 13.2l6.9 3.7'),
  download: line('M12 4v11M7 10.5l5 5 5-5M4.5 20h15'),
  print: line('M7 9V4h10v5M7 17H4v-7a1 1 0 0 1 1-1h14a1 1 0 0 1 1 1v7h-3') + '<rect x="7" y="14" width="10" height="6"/>',
  link: line('M9.5 14.5l5-5M8 11l-2.5 2.5a3.9 3.9 0 0 0 5.5 5.5L13.5 16.5M16 13l2.5-2.5a3.9 3.9 0 0 0-5.5-5.5L10.5 7.5'),
  empty: line('M4 13l2.5-7h11L20 13v6H4zM4 13h5l1 2.5h4l1-2.5h5'),
  // things
  person: disc(12, 8, 4) + line('M4.5 20.5c.6-4 3.6-6 7.5-6s6.9 2 7.5 6'),
  deputy: disc(9, 8, 3.5) + line('M2.5 19.5c.5-3.5 3-5.2 6.5-5.2s6 1.7 6.5 5.2M16 5.5l3 2.8-3 2.7M19 8.3h-4'),
  phone: line('M6.5 3.5h3l1.5 4.5-2 1.5a12 12 0 0 0 5.5 5.5l1.5-2 4.5 1.5v3a2 2 0 0 1-2.2 2A16.5 16.5 0 0 1 4.5 5.7a2 2 0 0 1 2-2.2z'),
  question: RING + line('M9.4 9.3a2.7 2.7 0 1 1 4 2.5c-.9.5-1.4 1.1-1.4 2.2') + solid(disc(12, 17, 1.1)),
  here: disc(12, 12, 5) + line('M12 2.5V7M12 17v4.5M2.5 12H7M17 12h4.5') + solid(disc(12, 12, 1.6)),
  pin: line('M12 21s-7-6.3-7-11.5a7 7 0 0 1 14 0C19 14.7 12 21 12 21z') + disc(12, 9.5, 2.5),
  camera: line('M4 7.5h3.5L9 5h6l1.5 2.5H20V19H4z') + disc(12, 13, 3.6),
  photo: '<rect x="4" y="5" width="16" height="14" rx="1.5"/>' + disc(9, 10, 1.6) + line('M4.5 17.5l5-4.5 3 2.5 3.5-3.5 4 4'),
  speak: line('M4 10v4h3.5l5.5 4V6L7.5 10zM16 9.5a3.6 3.6 0 0 1 0 5M18.5 7a7 7 0 0 1 0 10'),
  mail: '<rect x="3.5" y="5.5" width="17" height="13" rx="1.5"/>' + line('M4 7l8 6.5L20 7'),
  steps: disc(6, 6, 2.2) + disc(6, 18, 2.2) + line('M6 8.2v7.6M11.5 6H20M11.5 18H20'),
  // what one reports
  road: line('M8 3.5L4.5 20.5M16 3.5l3.5 17M12 4v3M12 10.5v3M12 17v3'),
  flood: line('M3 14c1.5-1.3 3-1.3 4.5 0s3 1.3 4.5 0 3-1.3 4.5 0 3 1.3 4.5 0M3 19c1.5-1.3 3-1.3 4.5 0s3 1.3 4.5 0 3-1.3 4.5 0 3 1.3 4.5 0M12 3.5s3.2 3.6 3.2 5.5a3.2 3.2 0 0 1-6.4 0C8.8 7.1 12 3.5 12 3.5z'),
  lamp: line('M7 20.5V8a4 4 0 0 1 8 0v1.5M4.5 20.5h5M11.5 9.5h7l1 3.5h-9zM12.5 16v1.5M15 16v2.5M17.5 16v1.5'),
  tree: line('M12 21v-6M12 15c-4.4 0-7-2.4-7-5.5C5 6.5 7.5 3.5 12 3.5s7 3 7 6c0 3.1-2.6 5.5-7 5.5zM12 17.5l3-2.5M8.5 21h7'),
  signal: '<rect x="8" y="3" width="8" height="15" rx="3"/>' + disc(12, 6.7, 1.4) + disc(12, 10.5, 1.4) + disc(12, 14.3, 1.4) + line('M12 18v3'),
  car: line('M4 16.5v-4l2-5.5h12l2 5.5v4zM4 12.5h16M6 16.5V19M18 16.5V19') + solid(disc(7.5, 14.6, 1)) + solid(disc(16.5, 14.6, 1)),
  broom: line('M19 4l-6.5 7M9 10.5l4.5 4.5c-1 3.5-3.5 5.5-8.5 5.5 0-4.5 1-7.5 4-10zM8 20c.8-1.2 1.2-2 1.5-3.5'),
  paw: line('M12 12.5c2.5 0 5 3 5 5.2 0 1.7-1.2 2.5-2.5 2.5-1 0-1.6-.5-2.5-.5s-1.5.5-2.5.5c-1.3 0-2.5-.8-2.5-2.5 0-2.2 2.5-5.2 5-5.2z') + solid(disc(5.5, 11.5, 1.8)) + solid(disc(9.3, 7, 1.9)) + solid(disc(14.7, 7, 1.9)) + solid(disc(18.5, 11.5, 1.8)),
  mountain: line('M2.5 19.5L9 7.5l4.5 8 2.5-4 5.5 8zM7 11.2l2 1.5 2-1.5') + disc(17.5, 6, 1.8),
  tap: line('M4 8.5h9a4.5 4.5 0 0 1 4.5 4.5v1.5h-4V13a.8.8 0 0 0-.8-.8H4zM9 8.5V5.5M6 5h6M15.5 18s1.5 1.7 1.5 2.6a1.5 1.5 0 0 1-3 0c0-.9 1.5-2.6 1.5-2.6z'),
  bolt: line('M13 3L5.5 13.5H11L10 21l8-11h-5.5z'),
  flame: line('M12 21c-3.6 0-6-2.5-6-5.8 0-2.7 1.7-4.5 3-6.2 1.2-1.6 2-3.3 1.7-6 3 1.5 4.3 3.6 4.3 5.8 0 1-.3 1.8-.3 1.8 1-.3 1.5-1.3 1.7-2.1 1.1 1.6 1.6 3.9 1.6 6.2 0 3.6-2.4 6.3-6 6.3zM12 21c-1.5 0-2.6-1.1-2.6-2.6 0-1.7 1.5-2.4 2.3-4.2 1.5 1 2.9 2.5 2.9 4.2 0 1.5-1.1 2.6-2.6 2.6z'),
  // kinds of a timeline's entries
  message: line('M4 5h16v11H11l-5 4v-4H4z'),
  move: line('M4 12h15M13.5 6.5L19 12l-5.5 5.5'),
  notice: line('M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 1.5h-15zM10 20.5a2.2 2.2 0 0 0 4 0'),
  view: line('M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12z') + disc(12, 12, 2.8),
  clock: RING + line('M12 6.5V12l3.5 2.5'),
  note: line('M5 4h14v10l-6 6H5zM19 14h-6v6'),
  // rooms in the rail
  kernel_obligations: line('M4 13l2.5-8h11L20 13v6.5H4zM4 13h5l1 2.5h4l1-2.5h5'),
  service_bot: line('M4 5h16v11H11l-5 4v-4H4zM8 9h8M8 12h5'),
  service_dispatch: line('M8.5 5H5v15.5h14V5h-3.5M9 3.5h6v3H9zM8.5 11h7M8.5 15h5'),
  service_petitions: line('M5 3.5h14v17H5zM8.5 8h7M8.5 11.5h7M8.5 15h4'),
  service_messages: line('M4 5.5h16v11h-9l-4.5 3.5v-3.5H4zM8 9.5h8M8 12.5h5'),
  service_satisfaction: RING + line('M8 14.5c1 1.4 2.4 2 4 2s3-.6 4-2M9 9.5v.01M15 9.5v.01'),
  service_privacy: RING + line('M9 11V9a3 3 0 0 1 6 0v2M8 11h8v6H8z'),
  service_calls: line('M4 13a8 8 0 0 1 16 0v5h-4v-5h4M4 13v5h4v-5H4M20 18c0 2-2.5 3-5.5 3'),
  kernel_replies: line('M4 5h16v11.5h-9L6.5 20v-3.5H4zM8 9h8M8 12.5h5'),
  kernel_mailboxes: line('M3.5 6h17v12.5h-17zM3.5 7l8.5 6.5L20.5 7'),
  kernel_suggestions: line('M3.5 6H10l4 6h6.5M3.5 18H10l4-6M17 8.5l3.5 3.5-3.5 3.5'),
  kernel_figures: line('M4 20h16M7 16.5v-5M12 16.5V5M17 16.5V9'),
  kernel_calendar: '<rect x="4" y="5.5" width="16" height="14.5" rx="1.5"/>' + line('M4 10h16M8.5 3.5v4M15.5 3.5v4'),
  kernel_places: line('M3.5 6.5l5.5-2 6 2 5.5-2v13l-5.5 2-6-2-5.5 2zM9 4.5v13M15 6.5v13'),
  kernel_people: disc(9, 8.5, 3.5) + line('M2.5 19.5c.5-3.5 3-5 6.5-5s6 1.5 6.5 5M16 5.5a3.2 3.2 0 0 1 0 6M18 14.7c2 .7 3.2 2.3 3.5 4.8'),
  kernel_doors: disc(8, 16, 4.5) + line('M11.2 12.8L20 4M16 8l3 3M13.5 10.5l2 2'),
  kernel_trail: line('M12 3l7.5 3v5.5c0 4.5-3 7.5-7.5 9.5-4.5-2-7.5-5-7.5-9.5V6zM8.5 12l2.5 2.5 4.5-5'),
  kernel_files: line('M6 3.5h8l4.5 4.5v12.5H6zM13.5 3.5V8.5h5'),
  portal_front: line('M4 11.5L12 4l8 7.5M6 10v10h12V10M10 20v-5.5h4V20')
}
ICONS.kernel_notices = ICONS.notice
ICONS.kernel_mailboxes = ICONS.mail

/** @returns {string} the SVG document */
export function sprite () {
  const symbols = Object.entries(ICONS).map(([name, inner]) => `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round">${inner}</symbol>`)
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join('')}</svg>\n`
}

export const names = Object.keys(ICONS)
