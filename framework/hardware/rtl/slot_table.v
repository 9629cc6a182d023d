// The direct table of a static lane: an entry for each slot, in 2^(T + N) words of memory. Loading a table of
// precision n takes 2^n writes.
module slot_table #(
    parameter N = 12,
    parameter S = 8,
    parameter T = 0) (                       // 2^T tables side by side
    input  wire           clk,
    input  wire           write,
    input  wire [7:0]     write_table,
    input  wire [N-1:0]   write_slot,
    input  wire [S+2*N-1:0] write_entry,     // {index, frequency - 1, bias}
    input  wire           write_precision,   // of write_table
    input  wire [2:0]     new_precision,
    input  wire [7:0]     select,            // the table that is asked
    input  wire [N-1:0]   low,               // of the state; bits above its precision do not count
    output reg  [2:0]     precision,         // a cycle later
    output wire [N:0]     frequency,
    output wire [N-1:0]   bias,
    output wire [S-1:0]   index);
  reg  [2:0]       precisions [0:(1 << T)-1];
  wire [2:0]       chosen;
  wire [N-1:0]     slot = low & ~({N{1'b1}} << (5'd8 + {1'b0, chosen, 1'b0}));
  wire [S+2*N-1:0] entry;
  generate
    if (T == 0) begin : one_table
      assign chosen = precisions[0];
      table_memory #(.ADDRESS(N), .WIDTH(S + 2 * N)) memory(
          .clk(clk), .write(write), .write_at(write_slot), .write_data(write_entry), .read_at(slot),
          .read_data(entry));
      always @(posedge clk) if (write_precision) precisions[0] <= new_precision;
      wire unused = &{1'b0, select, write_table};
    end else begin : some_tables
      assign chosen = precisions[select[T-1:0]];
      table_memory #(.ADDRESS(N + T), .WIDTH(S + 2 * N)) memory(
          .clk(clk), .write(write), .write_at({write_table[T-1:0], write_slot}), .write_data(write_entry),
          .read_at({select[T-1:0], slot}), .read_data(entry));
      always @(posedge clk) if (write_precision) precisions[write_table[T-1:0]] <= new_precision;
      wire unused = &{1'b0, select, write_table};
    end
  endgenerate
  always @(posedge clk) precision <= chosen;
  assign {index, bias} = {entry[S+2*N-1:2*N], entry[N-1:0]};
  assign frequency = {1'b0, entry[2*N-1:N]} + 1'b1;
endmodule
