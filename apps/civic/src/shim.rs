// temporary
use super::civic::Civic;
impl Civic {
    pub(crate) async fn receive_all(&self, _: &web::Call, _: impl Iterator<Item = bytes::Bytes>) -> Result<Vec<String>, kernel::Refusal> { Ok(Vec::new()) }
    pub(crate) async fn take_back(&self, _: &web::Call, _: &[String]) {}
    pub(crate) async fn pictures(&self, _: &web::Call, _: &[crate::request::model::Request]) -> Result<std::collections::HashMap<crate::request::model::RequestId, Vec<String>>, kernel::Refusal> { Ok(Default::default()) }
    pub(crate) async fn pictures_of(&self, _: &store::Market, _: &[crate::request::model::Request]) -> Result<std::collections::HashMap<crate::request::model::RequestId, Vec<String>>, kernel::Refusal> { Ok(Default::default()) }
    pub(crate) async fn caller_by_key(&self, _: &web::Call, _: &str) -> Result<web::Caller, kernel::Refusal> { Err(kernel::Refusal::forbidden()) }
    pub(crate) fn base_of(&self, _: &store::Market) -> Option<String> { None }
    pub(crate) async fn add_picture(&self, _: &store::Market, _: store::Stamp, _: &dyn kernel::IdSource, _: &crate::request::model::Request, _: bytes::Bytes) -> Result<kernel::Decision, kernel::Refusal> { Ok(kernel::Decision::nothing()) }
}
