// One lane of the static rANS coder `ans`: a symbol a cycle.
//
// The state x is in [2^23, 2^31), below only where the stream is about to end. A cycle looks up the slot
// x mod 2^n, computes f (x / 2^n) + bias and appends up to two bytes. Before the first symbol it fills x with the
// stream's first bytes, two a cycle. Where the buffer shows too few bytes, all waits.
//
// The table is outside. A synchronous memory is asked with the low bits of the next state, so that its answer is
// there with the state (REGISTERED = 1); comparators are asked with those of the state itself (0).
module static_lane #(
    parameter N = 12,              // highest precision, 8, 10, ... 16
    parameter S = 8,               // bits of a symbol's number in its table
    parameter REGISTERED = 1) (
    input  wire         clk,
    input  wire         rst,
    input  wire         start,     // `symbols` of them, at least one
    input  wire [31:0]  symbols,
    // stream buffer
    input  wire [7:0]   byte0,
    input  wire [7:0]   byte1,
    input  wire [1:0]   shown,
    input  wire         ended,
    output wire [1:0]   take,
    // table
    output wire [N-1:0] low,       // bits of the state that it is asked with
    input  wire [2:0]   precision, // n is 8 + 2 precision
    input  wire [N:0]   frequency, // 1 .. 2^N
    input  wire [N-1:0] bias,      // slot - first slot of the symbol
    input  wire [S-1:0] index,     // the symbol
    // symbols
    output wire         out_valid,
    output wire [S-1:0] out_symbol,
    output reg          done,      // until the next start
    output reg          good);     // with done: the stream ended as the encoder's do
  localparam [30:0] LOWEST = 31'h0080_0000, INITIAL = 31'd16;
  reg [30:0] x;
  reg        filling, running;
  reg [31:0] left;

  // The quotient x / 2^n of the precisions that N allows.
  reg [22:0] high;
  always @*
    case (precision)
      3'd0:    high = x[30:8];
      3'd1:    high = {2'd0, x[30:10]};
      3'd2:    high = {4'd0, x[30:12]};
      3'd3:    high = N > 12 ? {6'd0, x[30:14]} : 23'd0;
      default: high = N > 12 ? {8'd0, x[30:16]} : 23'd0;
    endcase
  wire [N+23:0] product = frequency * high;  // below 2^31 with a table that adds up to 2^n
  wire [30:0]   decoded = product[30:0] + {{(31 - N){1'b0}}, bias};

  wire [30:0] bare = filling ? x : decoded;
  wire [1:0]  wanted = bare < 31'h0000_8000 ? 2'd2 : bare < LOWEST ? 2'd1 : 2'd0;
  wire        enough = wanted <= shown;
  wire        goes = (filling || running) && (enough || ended);
  wire [1:0]  takes = enough ? wanted : shown;
  wire [30:0] filled = takes == 2'd2 ? {bare[14:0], byte0, byte1} : takes == 2'd1 ? {bare[22:0], byte0} : bare;
  wire        full = filled >= LOWEST || (ended && takes == shown);
  wire [30:0] next = start ? 31'd0 : goes ? filled : x;
  assign take = goes ? takes : 2'd0;
  assign low = REGISTERED != 0 ? next[N-1:0] : x[N-1:0];
  assign out_valid = running && goes;
  assign out_symbol = index;

  always @(posedge clk) begin
    x <= next;
    if (rst || start) begin
      filling <= start;
      running <= 1'b0;
      left    <= symbols;
      done    <= 1'b0;
      good    <= 1'b0;
    end else if (goes && filling) begin
      filling <= !full;
      running <= full;
    end else if (goes) begin
      left <= left - 32'd1;
      if (left == 32'd1) begin
        running <= 1'b0;
        done    <= 1'b1;
        good    <= filled == INITIAL && ended && takes == shown;
      end
    end
  end
  wire unused = &{1'b0, product[N+23:31]};
endmodule
