/** Proposed work orders on the map: circles by count; a press ticks the order's row in the list. */
import { YankaoMap, colour, openMaps, padded } from './map.mjs'

class StormMap extends YankaoMap {
  async show () {
    const points = JSON.parse(document.getElementById(this.section.dataset.source).textContent)
    if (!points.length) return
    const features = points.map((point) => ({
      type: 'Feature', properties: point, geometry: { type: 'Point', coordinates: [point.lng, point.lat] }
    }))
    this.picture.addSource('orders', { type: 'geojson', data: { type: 'FeatureCollection', features } })
    this.picture.addLayer({
      id: 'orders',
      type: 'circle',
      source: 'orders',
      layout: { 'circle-sort-key': ['-', 0, ['get', 'count']] },
      paint: {
        'circle-radius': ['interpolate', ['linear'], ['sqrt', ['get', 'count']], 1.4, 8, 10, 34],
        'circle-color': colour('link'),
        'circle-opacity': 0.8,
        'circle-stroke-color': colour('card'),
        'circle-stroke-width': 1.5
      }
    })
    this.picture.addLayer({
      id: 'order-counts',
      type: 'symbol',
      source: 'orders',
      layout: { 'text-field': ['to-string', ['get', 'count']], 'text-size': 12, 'text-font': ['Noto Sans TC'] },
      paint: { 'text-color': colour('card') }
    })
    this.picture.on('mouseenter', 'orders', () => { this.picture.getCanvas().style.cursor = 'pointer' })
    this.picture.on('mouseleave', 'orders', () => { this.picture.getCanvas().style.cursor = '' })
    this.picture.on('click', 'orders', (event) => this.tick(event.features[0].properties))
    const lngs = points.map(({ lng }) => lng)
    const lats = points.map(({ lat }) => lat)
    const all = [[Math.min(...lngs), Math.min(...lats)], [Math.max(...lngs), Math.max(...lats)]]
    this.picture.fitBounds(padded(all, 0.004), { maxZoom: 15, animate: false })
  }

  tick ({ number, title, text }) {
    const row = document.getElementById(`order-${number}`)
    const box = row?.querySelector('input[type=checkbox]')
    if (!box) return
    box.click()
    row.scrollIntoView({ block: 'nearest' })
    box.focus({ preventScroll: true })
    this.say([title, text].join(' '))
  }
}

openMaps('[data-yk-storm]', StormMap)
