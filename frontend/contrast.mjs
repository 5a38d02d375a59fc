/** Contrast of the colours in _tokens.scss, light and dark (WCAG 2.2: text 4.5:1, edges and marks 3:1). */
const TEXT = 4.5
const EDGE = 3
const TONES = ['ok', 'today', 'late', 'paused', 'closed', 'info']
const PAIRS = [
  ...['paper', 'ground', 'card', 'sunk', 'hover', 'chosen'].flatMap((ground) => [
    ['ink', ground, TEXT], ['quiet', ground, TEXT], ['link', ground, TEXT], ['link-hover', ground, TEXT], ['edge', ground, EDGE]
  ]),
  ...['paper', 'card'].map((ground) => ['link-visited', ground, TEXT]),
  ...['brand', 'brand-2', 'brand-3'].flatMap((ground) => [['on-brand', ground, TEXT], ['on-brand-quiet', ground, TEXT]]),
  ['on-accent', 'accent', TEXT], ['on-accent', 'accent-hover', TEXT],
  ['on-danger', 'danger', TEXT], ['on-danger', 'danger-hover', TEXT],
  ['accent', 'paper', EDGE], ['paper', 'link', TEXT],
  ...TONES.flatMap((tone) => [[tone, `${tone}-ground`, TEXT], [tone, 'card', TEXT], ['ink', `${tone}-ground`, TEXT], ['quiet', `${tone}-ground`, TEXT]])
]

const channel = (part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
const luminance = (hex) => [1, 3, 5]
  .map((at) => channel(parseInt(hex.slice(at, at + 2), 16) / 255))
  .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0)

const ratio = (one, other) => {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (high + 0.05) / (low + 0.05)
}

/**
 * @param {string} scss the text of _tokens.scss
 * @returns {string[]} one sentence for each pair that is too faint
 */
export function faintPairs (scss) {
  return ['light', 'dark'].flatMap((scheme) => {
    const block = scss.slice(scss.indexOf(`$${scheme}: (`)).split('\n);')[0]
    const colours = Object.fromEntries([...block.matchAll(/"([\w-]+)": (#[0-9a-f]{6})/g)].map(([, name, hex]) => [name, hex]))
    return PAIRS
      .filter(([front, back, least]) => ratio(colours[front], colours[back]) < least)
      .map(([front, back, least]) => `${scheme}: ${front} on ${back} is ${ratio(colours[front], colours[back]).toFixed(2)}, needs ${least}`)
  })
}
