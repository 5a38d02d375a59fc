/**
 * The public map: places with their cases counted, drawn by shape and colour; choosing one narrows
 * the list beside it, which tells the same without any map.
 */
import { YankaoMap, colour, cross, openMaps, padded, read } from './map.mjs'

import { boundsOf } from './areas.mjs'

const MARKS = ['late', 'open', 'done', 'closed'] // the most pressing first
const COLOURS = { late: 'late', open: 'link', done: 'ok', closed: 'closed' }
const SIZE = 26
const NEAR_PX = 28
const CLUSTER_UNTIL = 13
const SHAPES = {
  late: 'M13 2.5 24.5 23H1.5z',
  open: 'M13 3a10 10 0 1 1 0 20 10 10 0 0 1 0-20z',
  done: 'M13 1.5 24.5 13 13 24.5 1.5 13z',
  closed: 'M4 4h18v18H4z'
}

/** A mark as MapLibre takes it: twice as many pixels as it is shown with. */
function stamp (mark) {
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = SIZE * 2
  const pen = canvas.getContext('2d')
  pen.scale(2, 2)
  const shape = new Path2D(SHAPES[mark])
  pen.fillStyle = colour(COLOURS[mark])
  pen.strokeStyle = colour('card')
  pen.lineWidth = 2
  pen.lineJoin = 'round'
  pen.fill(shape)
  pen.stroke(shape)
  return pen.getImageData(0, 0, canvas.width, canvas.height)
}

/** What layers reckon with: how many cases, and how pressing the worst of them is. */
function counted ({ geometry, properties }) {
  const there = MARKS.filter((mark) => properties[mark])
  return {
    type: 'Feature',
    geometry,
    properties: {
      n: there.reduce((sum, mark) => sum + properties[mark], 0),
      rank: MARKS.length - MARKS.indexOf(there[0]),
      village: properties.village ?? '',
      at: [...geometry.coordinates].reverse().map((degrees) => degrees.toFixed(3)).join(',')
    }
  }
}

const markOf = ['match', ['get', 'rank'], ...MARKS.flatMap((mark, place) => [MARKS.length - place, mark]), 'open']

class PublicMap extends YankaoMap {
  constructor (section) {
    super(section)
    this.list = () => document.getElementById('map-list')
  }

  async show () {
    for (const mark of MARKS) this.picture.addImage(mark, stamp(mark), { pixelRatio: 2 })
    await this.load()
    this.picture.on('mouseenter', 'places', () => { this.picture.getCanvas().style.cursor = 'pointer' })
    this.picture.on('mouseleave', 'places', () => { this.picture.getCanvas().style.cursor = '' })
    this.picture.on('click', 'places', (event) => this.choose(event.features[0]))
    this.frame.append(cross())
    this.frame.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || !event.target.matches('canvas')) return
      event.preventDefault()
      this.chooseCentre()
    })
    document.addEventListener('click', (event) => this.go(event.target.closest('[data-yk-map-go]')))
    document.body.addEventListener('htmx:afterSettle', () => this.offer())
    this.offer()
  }

  repaint () {
    super.repaint()
    for (const mark of MARKS) if (this.picture.hasImage(mark)) this.picture.updateImage(mark, stamp(mark))
    if (this.picture.getLayer('places')) this.picture.setPaintProperty('places', 'text-color', colour('card'))
  }

  async load () {
    const { features } = await read(this.list().dataset.places)
    if (!features.length) return this.say(this.section.dataset.empty)
    const data = { type: 'FeatureCollection', features: features.map(counted) }
    this.picture.addSource('places', {
      type: 'geojson',
      data,
      cluster: true,
      clusterRadius: 34,
      clusterMaxZoom: CLUSTER_UNTIL,
      clusterProperties: { n: ['+', ['get', 'n']], rank: ['max', ['get', 'rank']] }
    })
    this.picture.addLayer({
      id: 'places',
      type: 'symbol',
      source: 'places',
      layout: {
        'icon-image': markOf,
        'icon-size': ['interpolate', ['linear'], ['get', 'n'], 1, 0.72, 2, 1, 50, 1.5, 1000, 2],
        'icon-allow-overlap': true,
        'text-field': ['case', ['>', ['get', 'n'], 1], ['to-string', ['get', 'n']], ''],
        'text-font': ['Noto Sans TC'],
        'text-size': 13,
        'text-offset': ['case', ['==', ['get', 'rank'], MARKS.length], ['literal', [0, 0.25]], ['literal', [0, 0]]],
        'text-allow-overlap': true,
        'symbol-sort-key': ['get', 'rank']
      },
      paint: { 'text-color': colour('card') }
    })
    this.picture.fitBounds(padded(boundsOf(data), 0.004), { maxZoom: 15, animate: false })
    this.say(data.features.some(({ properties }) => properties.village) ? this.section.dataset.villagesOnly : this.section.dataset.some)
  }

  async choose ({ geometry, properties }) {
    if (properties.cluster) {
      const zoom = await this.picture.getSource('places').getClusterExpansionZoom(properties.cluster_id)
      return this.picture.easeTo({ center: geometry.coordinates, zoom })
    }
    this.place(geometry.coordinates)
    const question = new URLSearchParams(new URL(this.list().dataset.places, location.href).search)
    question.delete('at')
    question.delete('village')
    properties.village ? question.set('village', properties.village) : question.set('at', properties.at)
    const address = `${this.section.dataset.page}?${question}`
    await window.htmx.ajax('GET', address, { target: this.list(), swap: 'outerHTML' })
    history.replaceState(null, '', address)
    this.say(this.section.dataset.chosen)
    document.getElementById('map-list-title')?.focus()
  }

  /** By keyboard: the mark nearest to the cross. */
  chooseCentre () {
    const { clientWidth, clientHeight } = this.frame
    const [x, y] = [clientWidth / 2, clientHeight / 2]
    const box = [[x - NEAR_PX, y - NEAR_PX], [x + NEAR_PX, y + NEAR_PX]]
    const far = ({ geometry }) => {
      const point = this.picture.project(geometry.coordinates)
      return Math.hypot(point.x - x, point.y - y)
    }
    const layers = this.picture.getLayer('places') ? ['places'] : []
    const found = layers.length ? this.picture.queryRenderedFeatures(box, { layers }).sort((a, b) => far(a) - far(b)) : []
    found.length ? this.choose(found[0]) : this.say(this.section.dataset.none)
  }

  go (button) {
    if (!button) return
    const [lat, lng] = button.dataset.ykMapGo.split(',').map(Number)
    this.place([lng, lat], CLUSTER_UNTIL + 2)
    this.frame.scrollIntoView({ block: 'nearest' })
    this.picture.getCanvas().focus({ preventScroll: true })
  }

  /** The list's buttons are of use only with a map. */
  offer () {
    for (const button of document.querySelectorAll('[data-yk-map-go]')) button.hidden = false
  }
}

openMaps('[data-yk-public-map]', PublicMap)
