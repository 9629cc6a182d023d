// The table of a static lane for small alphabets: the first slots of K symbols in registers, found by comparing.
// Answers in the same cycle, needs no memory, and is loaded by K writes.
module comparator_table #(
    parameter N = 12,
    parameter S = 4,
    parameter K = 16) (                      // at most 2^S
    input  wire         clk,
    input  wire         write,
    input  wire [S-1:0] write_index,
    input  wire [N:0]   write_start,         // its first slot; 2^n for all beyond the alphabet
    input  wire         write_precision,
    input  wire [2:0]   new_precision,
    input  wire [N-1:0] low,                 // of the state; bits above the precision do not count
    output reg  [2:0]   precision,
    output wire [N:0]   frequency,
    output wire [N-1:0] bias,
    output reg  [S-1:0] index);
  reg [N:0] start [0:K-1];                   // not decreasing, the first one 0
  always @(posedge clk) begin
    if (write) start[write_index] <= write_start;
    if (write_precision) precision <= new_precision;
  end

  wire [4:0]   n = 5'd8 + {1'b0, precision, 1'b0};
  wire [N-1:0] slot = low & ~({N{1'b1}} << n);
  wire [N:0]   whole = {{N{1'b0}}, 1'b1} << n;
  reg  [K:0]   reached;                      // by the slot: start i
  reg  [N:0]   lower, upper;
  integer i;
  always @* begin
    reached[0] = 1'b1;
    reached[K] = 1'b0;
    for (i = 1; i < K; i = i + 1) reached[i] = {1'b0, slot} >= start[i];
    // The one symbol whose start is reached and whose end is not; of symbols without slots none is.
    index = {S{1'b0}};
    lower = {(N+1){1'b0}};
    upper = {(N+1){1'b0}};
    for (i = 0; i < K; i = i + 1)
      if (reached[i] && !reached[i+1]) begin
        index = index | i[S-1:0];
        lower = lower | (i == 0 ? {(N+1){1'b0}} : start[i]);
        upper = upper | (i == K - 1 ? whole : start[(i + 1) % K]);
      end
  end
  assign frequency = upper - lower;
  assign bias = slot - lower[N-1:0];
endmodule
