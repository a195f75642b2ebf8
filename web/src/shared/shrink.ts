/** Photos are made small on the phone: less to send, and the camera's notes (place, device) stay behind. */

export const LONGEST_SIDE = 1600;
const QUALITY = 0.82;

/** The size that fits `longest`, in whole pixels; never larger than the original. */
export function fitted(width: number, height: number, longest = LONGEST_SIDE): [number, number] {
  const scale = Math.min(1, longest / Math.max(width, height));
  return [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
}

/** A smaller JPEG of `file`; the file itself where the browser cannot read it (the server decides then). */
export async function shrink(file: File): Promise<File> {
  const url = URL.createObjectURL(file);
  try {
    const image = await loaded(url);
    const [width, height] = fitted(image.naturalWidth, image.naturalHeight);
    const canvas = document.createElement("canvas");
    canvas.width = width;
    canvas.height = height;
    canvas.getContext("2d")?.drawImage(image, 0, 0, width, height);
    const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
    return blob ? new File([blob], "photo.jpg", { type: "image/jpeg" }) : file;
  } catch {
    return file;
  } finally {
    URL.revokeObjectURL(url);
  }
}

function loaded(url: string): Promise<HTMLImageElement> {
  return new Promise((done, failed) => {
    const image = new Image();
    image.onload = () => done(image);
    image.onerror = () => failed(new Error("unreadable image"));
    image.src = url;
  });
}
