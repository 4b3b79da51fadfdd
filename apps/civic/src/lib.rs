//! Civic requests: what CityHelper needs.
