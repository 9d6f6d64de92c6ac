/** Keeps a mapping open until it is released. Releasing twice is harmless. */
export interface Pin extends Disposable {
  release(): void;
}
