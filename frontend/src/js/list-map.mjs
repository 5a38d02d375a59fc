/**
 * The map beside a list: `<section data-yk-list-map data-points="…geojson">` and rows
 * `tr[data-yk-place]` with `data-lat`, `data-lng`. A row one stands on is marked on the map, a point
 * one chooses is shown in the list; where there are too many points, each stands for a village.
 */
import { Popup } from './vendor/maplibre-gl.mjs'

import { boundsOf } from './areas.mjs'
import { YankaoMap, card, colour, openMaps, padded, read } from './map.mjs'

const CLOSE = 15
const EMPTY = { type: 'FeatureCollection', features: [] }
const rows = () => [...document.querySelectorAll('tr[data-yk-place]')]

const fill = () => ['match', ['get', 'tone'], 'late', colour('late'), 'today', colour('today'), 'paused', colour('paused'), 'closed', colour('closed'), colour('link')]

class ListMap extends YankaoMap {
  async show () {
    const points = await read(this.section.dataset.points)
    this.addPoints(points)
    this.addChosen()
    if (points.clustered) this.say(this.section.dataset.clustered)
    if (points.features.length) this.picture.fitBounds(padded(boundsOf(points), 0.004), { maxZoom: CLOSE, animate: false })
    for (const row of rows()) {
      row.addEventListener('focusin', () => this.mark(row))
      row.addEventListener('click', () => this.mark(row))
    }
  }

  addPoints (points) {
    this.picture.addSource('cases', { type: 'geojson', data: points })
    this.picture.addLayer({
      id: 'cases',
      type: 'circle',
      source: 'cases',
      paint: {
        'circle-radius': points.clustered ? ['interpolate', ['linear'], ['sqrt', ['get', 'count']], 1, 9, 60, 34] : 6.5,
        'circle-color': fill(),
        'circle-stroke-color': colour('card'),
        'circle-stroke-width': 1.5
      }
    })
    if (points.clustered) this.addCounts()
    this.picture.on('click', 'cases', (event) => this.chosen(event.features[0]))
    this.picture.on('mouseenter', 'cases', () => { this.picture.getCanvas().style.cursor = 'pointer' })
    this.picture.on('mouseleave', 'cases', () => { this.picture.getCanvas().style.cursor = '' })
  }

  addCounts () {
    this.picture.addLayer({
      id: 'case-counts',
      type: 'symbol',
      source: 'cases',
      layout: { 'text-field': ['to-string', ['get', 'count']], 'text-size': 12, 'text-font': ['Noto Sans TC'] },
      paint: { 'text-color': colour('card') }
    })
  }

  addChosen () {
    this.picture.addSource('chosen', { type: 'geojson', data: EMPTY })
    this.picture.addLayer({
      id: 'chosen',
      type: 'circle',
      source: 'chosen',
      paint: { 'circle-radius': 13, 'circle-color': 'transparent', 'circle-stroke-color': colour('ink'), 'circle-stroke-width': 3 }
    })
  }

  /** The row's place gets a ring, and the map goes there when it lies outside. */
  mark (row) {
    for (const other of rows()) other.classList.toggle('yk-at', other === row)
    const { lat, lng } = row.dataset
    if (!lat) return this.ring(null)
    const at = [Number(lng), Number(lat)]
    this.ring(at)
    if (!this.picture.getBounds().contains(at) || this.picture.getZoom() < 12) this.picture.easeTo({ center: at, zoom: Math.max(this.picture.getZoom(), CLOSE - 1) })
  }

  ring (at) {
    const features = at ? [{ type: 'Feature', properties: {}, geometry: { type: 'Point', coordinates: at } }] : []
    this.picture.getSource('chosen').setData({ type: 'FeatureCollection', features })
  }

  chosen ({ geometry, properties }) {
    const row = rows().find(({ dataset }) => properties.number && dataset.ykPlace === properties.number)
    if (row) {
      row.scrollIntoView({ block: 'nearest' })
      this.mark(row)
    } else this.ring(geometry.coordinates)
    this.popup?.remove()
    this.popup = new Popup({ offset: 14, maxWidth: '260px' }).setLngLat(geometry.coordinates).setDOMContent(card(properties)).addTo(this.picture)
  }

  repaint () {
    super.repaint()
    if (this.picture.getLayer('cases')) this.picture.setPaintProperty('cases', 'circle-color', fill())
  }
}

openMaps('[data-yk-list-map]', ListMap)
