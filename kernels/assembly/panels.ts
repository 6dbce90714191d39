import { PANEL_ROW, TILE_COLUMNS } from './tiles';

/**
 * Copies columns j to j + 8 of a matrix, zeros where it has no more, to one panel [rows, 8].
 * Strides are in bytes. Returns where the panel ends.
 */
export function packPanel(b: usize, rows: i32, columns: i32, rowStride: usize, columnStride: usize, j: i32, panel: usize): usize {
  const width = min(TILE_COLUMNS, columns - j);
  let row = b + <usize>j * columnStride;
  if (width == TILE_COLUMNS && columnStride == 4) {
    for (let k = 0; k < rows; k++) {
      v128.store(panel, v128.load(row));
      v128.store(panel, v128.load(row, 16), 16);
      panel += PANEL_ROW;
      row += rowStride;
    }
    return panel;
  }
  for (let k = 0; k < rows; k++) {
    let value = row;
    for (let i = 0; i < TILE_COLUMNS; i++) {
      store<f32>(panel + (<usize>i << 2), i < width ? load<f32>(value) : 0);
      value += columnStride;
    }
    panel += PANEL_ROW;
    row += rowStride;
  }
  return panel;
}

/** All panels of a matrix, one after the other. */
export function packPanels(b: usize, rows: i32, columns: i32, rowStride: usize, columnStride: usize, panels: usize): void {
  for (let j = 0; j < columns; j += TILE_COLUMNS) panels = packPanel(b, rows, columns, rowStride, columnStride, j, panels);
}
