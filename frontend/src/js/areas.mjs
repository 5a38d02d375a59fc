/** Plane geometry on GeoJSON areas: enough to name the place one taps. */
const rings = ({ type, coordinates }) => (type === 'Polygon' ? [coordinates] : coordinates)

function isInRing ([x, y], ring) {
  let inside = false
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [xi, yi] = ring[i]
    const [xj, yj] = ring[j]
    if ((yi > y) !== (yj > y) && x < (xj - xi) * (y - yi) / (yj - yi) + xi) inside = !inside
  }
  return inside
}

const isIn = (at, geometry) => rings(geometry).some(([outer, ...holes]) =>
  isInRing(at, outer) && !holes.some((hole) => isInRing(at, hole)))

/** @returns the properties of the area a point [lng, lat] lies in, or undefined */
export const areaAt = (collection, at) => collection.features.find(({ geometry }) => isIn(at, geometry))?.properties

/** Twice the signed area and the centroid of a ring. */
function weigh (ring) {
  let [area, x, y] = [0, 0, 0]
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const cross = ring[j][0] * ring[i][1] - ring[i][0] * ring[j][1]
    area += cross
    x += (ring[j][0] + ring[i][0]) * cross
    y += (ring[j][1] + ring[i][1]) * cross
  }
  return { area: Math.abs(area), centre: area ? [x / (3 * area), y / (3 * area)] : ring[0] }
}

const largest = (geometry) => rings(geometry).map(([outer]) => weigh(outer)).reduce((a, b) => (b.area > a.area ? b : a))

export const middleOf = (geometry) => largest(geometry).centre

/** One point for each area's name, in the middle of its largest part. */
export const labelsOf = (collection) => ({
  type: 'FeatureCollection',
  features: collection.features.map(({ properties, geometry }) => ({
    type: 'Feature', properties, geometry: { type: 'Point', coordinates: middleOf(geometry) }
  }))
})

function corners (geometry) {
  if (geometry.type === 'Point') return [geometry.coordinates]
  return rings(geometry).flatMap(([outer]) => outer)
}

/** @returns [[west, south], [east, north]] */
export function boundsOf ({ features }) {
  const points = features.flatMap(({ geometry }) => corners(geometry))
  const lngs = points.map(([lng]) => lng)
  const lats = points.map(([, lat]) => lat)
  const least = (values) => values.reduce((a, b) => Math.min(a, b))
  const most = (values) => values.reduce((a, b) => Math.max(a, b))
  return [[least(lngs), least(lats)], [most(lngs), most(lats)]]
}
