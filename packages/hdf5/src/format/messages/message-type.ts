/** Object header message types (specification IV.A.2), by the names this engine uses for them. */
export const messageType = {
  nil: 0x00,
  dataspace: 0x01,
  linkInfo: 0x02,
  datatype: 0x03,
  oldFillValue: 0x04,
  fillValue: 0x05,
  link: 0x06,
  externalFiles: 0x07,
  layout: 0x08,
  bogus: 0x09,
  groupInfo: 0x0a,
  filterPipeline: 0x0b,
  attribute: 0x0c,
  comment: 0x0d,
  oldModificationTime: 0x0e,
  sharedMessageTable: 0x0f,
  continuation: 0x10,
  symbolTable: 0x11,
  modificationTime: 0x12,
  btreeK: 0x13,
  driverInfo: 0x14,
  attributeInfo: 0x15,
  referenceCount: 0x16,
  fileSpaceInfo: 0x17,
} as const;

/** The largest type number that HDF5 1.14 knows (0x18 holds a metadata cache image). */
export const lastMessageType = 0x18;

/** Bits of a message's flags. */
export const messageFlag = {
  constant: 0x01,
  shared: 0x02,
  /** A reader that does not know the message and wants to write must give up. */
  failIfUnknownAndWriting: 0x08,
  /** A reader that does not know the message must give up. */
  failIfUnknown: 0x80,
} as const;
