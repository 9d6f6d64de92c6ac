# What R itself stores for every mode of its mmap package: as.mmap writes by writeBin, and so does this.
# Prints JSON; run in this folder: Rscript r.fixture.R > r.fixture.json
hex <- function(raw) paste(format(raw), collapse = "")
numbers <- c(-2, 0, 1, 100)
entries <- list(
  raw = hex(writeBin(as.raw(c(0, 1, 128, 255)), raw())),
  int8 = hex(writeBin(c(-128L, -1L, 0L, 127L), raw(), size = 1)),
  uint8 = hex(writeBin(c(0L, 1L, 128L, 255L), raw(), size = 1)),
  int16 = hex(writeBin(c(-32768L, -2L, 0L, 32767L), raw(), size = 2)),
  int16_big = hex(writeBin(c(-32768L, -2L, 0L, 32767L), raw(), size = 2, endian = "big")),
  uint16 = hex(writeBin(c(0L, 1L, 65535L), raw(), size = 2)),
  int32 = hex(writeBin(c(NA, -2147483647L, 0L, 2147483647L), raw())),
  real32 = hex(writeBin(c(0.5, -1.25, Inf, NaN), raw(), size = 4)),
  real64 = hex(writeBin(c(0.1, NA, NaN, -Inf), raw())),
  real64_big = hex(writeBin(c(0.1, 1e300), raw(), endian = "big")),
  cplx = hex(writeBin(c(1 + 2i, complex(real = NA, imaginary = 0)), raw())),
  logi32 = hex(writeBin(c(TRUE, FALSE, NA), raw())),
  cstring = hex(writeBin(c("apple", "", "bee"), raw())),
  char_nul = hex(writeBin(c("ab", "cd", "ef"), raw())),
  bits = hex(writeBin(packBits(c(TRUE, rep(FALSE, 30), TRUE, FALSE, TRUE, rep(FALSE, 30)), "integer"), raw())),
  matrix = hex(writeBin(as.vector(matrix(1:6, nrow = 2)), raw())),
  struct = hex(unlist(lapply(1:2, function(i) {
    c(writeBin(i * -7L, raw(), size = 1), writeBin(i / 2, raw(), size = 4), writeBin(i * 1e10, raw()))
  })))
)
lines <- paste0("  \"", names(entries), "\": \"", entries, "\"", collapse = ",\n")
cat("{\n  \"R\": \"", as.character(getRversion()), "\",\n", lines, "\n}\n", sep = "")
