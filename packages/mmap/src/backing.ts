/** How a mapping's bytes come to be in memory: mapped by the system, or copied by reading. */
export type MappingKind = 'mapped' | 'copied';

/**
 * What a {@link Mapping} stands on. Ranges are checked before they come here and lie inside the mapping;
 * both kinds answer to the same calls, so that a program written for one runs on the other.
 */
export interface Backing {
  readonly kind: MappingKind;
  /** An ArrayBuffer over these bytes. A copy has only the buffers of its segments. */
  window(offset: number, length: number): ArrayBuffer;
  /** Makes every view of the buffer empty. */
  detach(buffer: ArrayBuffer): void;
  /** True once bytes of the file went missing. Costs no call. */
  torn(): boolean;
  /** Lets go of file and memory. */
  close(): void;
}
