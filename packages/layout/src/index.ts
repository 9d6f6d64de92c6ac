export { type ByteOrder, hostByteOrder, swapBytes } from './byte-order.js';
export {
  bfloat16ToNumber,
  decodeFloat16,
  encodeFloat16,
  float16ToNumber,
  numberToBfloat16,
  numberToFloat16,
} from './float16.js';
