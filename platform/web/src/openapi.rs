//! The list of endpoints as an OpenAPI 3.1 document.
