//! Who is where, how long it takes from there, and who gets what to do.
