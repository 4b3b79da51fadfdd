mod memory;
mod resume;
mod rig;
mod rows;
mod stories;
