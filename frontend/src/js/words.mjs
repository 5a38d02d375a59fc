/** Sentences in the reader's language: the page brings those that are not in Chinese. */
const table = JSON.parse(document.getElementById('yk-words')?.textContent || '{}')

export const words = (sentence, places = {}) => Object.entries(places).reduce(
  (text, [name, value]) => text.replaceAll(`{${name}}`, value), table[sentence] ?? sentence)
