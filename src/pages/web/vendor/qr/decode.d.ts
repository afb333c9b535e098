// What the door uses of qr; written here, so that its modules are served as they are published.
/** The text of a QR code in the picture; throws where there is none. */
export function decodeQR(image: { width: number; height: number; data: Uint8ClampedArray }, options?: { effort?: number; timeLimit?: number }): string;
