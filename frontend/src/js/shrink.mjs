/**
 * Photos made small on the phone: at most 2048 pixels a side, turned upright, about 1.5 MB, and without
 * what the camera wrote into them (place, machine, time). What the browser cannot read stays as it is.
 */
const SIDE = 2048
const BYTES = 1.5 * 1024 * 1024
const QUALITIES = [0.85, 0.75, 0.6]
const PHOTO = /^image\/(jpeg|png|webp|hei[cf])$/

async function drawn (file) {
  const picture = await createImageBitmap(file, { imageOrientation: 'from-image' })
  const scale = Math.min(1, SIDE / Math.max(picture.width, picture.height))
  const canvas = document.createElement('canvas')
  canvas.width = Math.round(picture.width * scale)
  canvas.height = Math.round(picture.height * scale)
  const context = canvas.getContext('2d')
  context.fillStyle = '#fff'
  context.fillRect(0, 0, canvas.width, canvas.height)
  context.imageSmoothingQuality = 'high'
  context.drawImage(picture, 0, 0, canvas.width, canvas.height)
  picture.close()
  return { canvas, isWhole: scale === 1 }
}

const jpegOf = (canvas, quality) => new Promise((resolve) => { canvas.toBlob(resolve, 'image/jpeg', quality) })

/** The file to send instead; itself when there is nothing to gain or it cannot be read here. */
export async function shrunk (file) {
  if (!PHOTO.test(file.type)) return file
  try {
    const { canvas, isWhole } = await drawn(file)
    if (isWhole && file.type !== 'image/jpeg' && file.size <= BYTES) return file
    let small
    for (const quality of QUALITIES) {
      small = await jpegOf(canvas, quality)
      if (small?.size <= BYTES) break
    }
    if (!small) return file
    const name = file.name.replace(/\.\w+$/, '') + '.jpg'
    return new File([small], name, { type: 'image/jpeg', lastModified: file.lastModified })
  } catch {
    return file
  }
}
