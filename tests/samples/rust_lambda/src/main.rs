// A Lambda function that does what its event says.
use lambda_runtime::{service_fn, Error, LambdaEvent};
use serde_json::{json, Value};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda_runtime::run(service_fn(handle)).await
}

async fn handle(event: LambdaEvent<Value>) -> Result<Value, Error> {
    match event.payload["do"].as_str() {
        Some("error") => Err("boom".into()),
        Some("panic") => panic!("oh no"),
        Some("exit") => std::process::exit(5),
        _ => Ok(json!({"id": event.context.request_id, "arn": event.context.invoked_function_arn})),
    }
}
