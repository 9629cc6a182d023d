// Backward buffer, alias table, row of eight lanes and escape merge: what decodes one chunk of interleaved rANS,
// profile precise, to bytes.
module interleaved_decoder (
    input  wire        clk,
    input  wire        rst,
    input  wire        start,
    input  wire [31:0] bytes,             // of code and states
    input  wire [3:0]  log_lanes,
    input  wire [31:0] symbols,
    input  wire [10:0] prefix,
    input  wire [1:0]  raw_bits,
    input  wire [7:0]  base,
    // table, loaded while nothing is decoded
    input  wire        write,
    input  wire [5:0]  write_at,
    input  wire [6:0]  share,
    input  wire [5:0]  other,
    input  wire [11:0] adjust,
    input  wire [11:0] frequency,
    // code and states, planes, escapes, each from the end
    input  wire        in_valid,
    output wire        in_ready,
    input  wire [63:0] in_data,
    input  wire        plane_valid,
    output wire        plane_ready,
    input  wire [63:0] plane_data,
    output wire        escape_take,
    input  wire [7:0]  escape_data,
    // bytes
    output wire        out_valid,
    output wire [31:0] out_at,            // place of the first one in the chunk
    output wire [7:0]  out_lanes,         // bytes that there are
    output wire [63:0] out_bytes,
    output wire        done,
    output wire        good);
  wire [127:0]     window;
  wire [5:0]       shown;
  wire             whole;
  wire [4:0]       take;
  wire [64*25-1:0] buckets;
  wire [64*12-1:0] frequencies;
  wire             row_valid, row_ready;
  wire [31:0]      row_at;
  wire [7:0]       row_lanes;
  wire [47:0]      row_symbols;
  backward_buffer buffer(
      .clk(clk), .rst(rst), .start(start), .bytes(bytes), .in_valid(in_valid), .in_ready(in_ready), .in_data(in_data),
      .window(window), .shown(shown), .whole(whole), .take(take));
  alias_table table_of_lanes(
      .clk(clk), .write(write), .write_at(write_at), .share(share), .other(other), .adjust(adjust),
      .frequency(frequency), .buckets(buckets), .frequencies(frequencies));
  interleaved_row row(
      .clk(clk), .rst(rst), .start(start), .log_lanes(log_lanes), .symbols(symbols), .prefix(prefix), .window(window),
      .shown(shown), .whole(whole), .take(take), .buckets(buckets), .frequencies(frequencies), .out_valid(row_valid),
      .out_at(row_at), .out_lanes(row_lanes), .out_symbols(row_symbols), .out_ready(row_ready), .done(done),
      .good(good));
  escape_merge merge(
      .clk(clk), .rst(rst), .start(start), .raw_bits(raw_bits), .base(base), .row_valid(row_valid),
      .row_ready(row_ready), .row_at(row_at), .row_lanes(row_lanes), .row_symbols(row_symbols),
      .plane_valid(plane_valid), .plane_ready(plane_ready), .plane_data(plane_data), .escape_take(escape_take),
      .escape_data(escape_data), .out_valid(out_valid), .out_at(out_at), .out_lanes(out_lanes), .out_bytes(out_bytes));
endmodule
