/** Pages by their numbers. */
export type PageImages = ReadonlyMap<number, Uint8Array>;

/** A page as it is after the commit, when it is in memory. */
export type HeldPages = (page: number) => Uint8Array | undefined;

/** Where the pages of a heap come from and go to. */
export interface PageHome {
  readonly writable: boolean;
  /** How many pages the committed heap has. */
  readonly pages: number;
  /** Whether a page was ever committed; one that was not is all zeros. */
  has(page: number): boolean;
  /** Fills `target` with a page. @throws OBJ_DAMAGED, and what the storage says. */
  load(page: number, target: Uint8Array): void;
  /**
   * Makes these pages, and the new number of pages, the committed state: entirely or not at all.
   *
   * @param before - The pages as they were committed before, where that is known: then only those are written that differ.
   * @param held - Finds other pages, which are as they were.
   * @returns the pages that were written, in order.
   */
  commit(touched: PageImages, pages: number, before?: PageImages, held?: HeldPages): readonly number[];
  /** Goes to the newest committed state. @returns whether it is another one. */
  refresh(): boolean;
  close(): void;
}
