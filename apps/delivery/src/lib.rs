//! From the shelf to the door: what iHhashi needs. This page is the map of the app.
