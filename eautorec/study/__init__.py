"""The study: every figure over seeds, every claim with an interval, every open point turned."""
