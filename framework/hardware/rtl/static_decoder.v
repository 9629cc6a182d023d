// Stream buffer, static lane and its table: what decodes one stream of the coder `ans`.
module static_decoder #(
    parameter N = 12,                        // highest precision
    parameter S = 8,                         // bits of a symbol's number in its table
    parameter T = 0,                         // 2^T tables side by side
    parameter K = 0) (                       // 0: direct tables in memory; else comparators for K symbols, T = 0
    input  wire         clk,
    input  wire         rst,
    input  wire         start,
    input  wire [31:0]  bytes,               // of the code, without the description of its tables
    input  wire [31:0]  symbols,
    // tables, loaded while nothing is decoded
    input  wire         write,
    input  wire [7:0]   write_table,
    input  wire [N-1:0] write_at,            // slot; with comparators the symbol
    input  wire [S+2*N-1:0] write_entry,     // {index, frequency - 1, bias}; with comparators the first slot
    input  wire         write_precision,
    input  wire [2:0]   new_precision,
    // the tables of the symbol that is decoded and of the one after it
    input  wire [7:0]   table_now,
    input  wire [7:0]   table_next,
    // code
    input  wire         in_valid,
    output wire         in_ready,
    input  wire [63:0]  in_data,
    // symbols
    output wire         out_valid,
    output wire [S-1:0] out_symbol,
    output wire         done,
    output wire         good);
  wire [7:0]   byte0, byte1;
  wire [1:0]   shown, take;
  wire         ended;
  wire [2:0]   precision;
  wire [N-1:0] low, bias;
  wire [N:0]   frequency;
  wire [S-1:0] index;
  stream_buffer buffer(
      .clk(clk), .rst(rst), .start(start), .bytes(bytes), .in_valid(in_valid), .in_ready(in_ready),
      .in_data(in_data), .byte0(byte0), .byte1(byte1), .shown(shown), .ended(ended), .take(take));
  static_lane #(.N(N), .S(S), .REGISTERED(K == 0 ? 1 : 0)) lane(
      .clk(clk), .rst(rst), .start(start), .symbols(symbols), .byte0(byte0), .byte1(byte1), .shown(shown),
      .ended(ended), .take(take), .low(low), .precision(precision), .frequency(frequency), .bias(bias),
      .index(index), .out_valid(out_valid), .out_symbol(out_symbol), .done(done), .good(good));
  generate
    if (K == 0) begin : direct
      slot_table #(.N(N), .S(S), .T(T)) slots(
          .clk(clk), .write(write), .write_table(write_table), .write_slot(write_at), .write_entry(write_entry),
          .write_precision(write_precision), .new_precision(new_precision),
          .select(out_valid ? table_next : table_now), .low(low), .precision(precision), .frequency(frequency),
          .bias(bias), .index(index));
    end else begin : compared
      comparator_table #(.N(N), .S(S), .K(K)) starts(
          .clk(clk), .write(write), .write_index(write_at[S-1:0]), .write_start(write_entry[N:0]),
          .write_precision(write_precision), .new_precision(new_precision), .low(low), .precision(precision),
          .frequency(frequency), .bias(bias), .index(index));
      wire unused = &{1'b0, write_table, table_now, table_next, write_at, write_entry};
    end
  endgenerate
endmodule
