// Operations of TensorFlow that layer-vitals brings along: loaded by Node beside the addon of tfjs-node, with whose
// libtensorflow they are registered.
#include <node_api.h>

#include <string>

#include "operations.h"

namespace layer_vitals {
namespace {

void AnyShape(TF_ShapeInferenceContext* context, TF_Status* status) { TF_ShapeInferenceContextSetUnknownShape(context, status); }

void Register(const Operation& operation, const Status& status) {
  TF_OpDefinitionBuilder* definition = TF_NewOpDefinitionBuilder(operation.name);
  for (const char* input : operation.inputs) TF_OpDefinitionBuilderAddInput(definition, input);
  for (const char* output : operation.outputs) TF_OpDefinitionBuilderAddOutput(definition, output);
  for (const char* attribute : operation.attributes) TF_OpDefinitionBuilderAddAttr(definition, attribute);
  TF_OpDefinitionBuilderSetShapeInferenceFunction(definition, AnyShape);
  TF_RegisterOpDefinition(definition, status);
  if (!status.ok()) return;
  TF_KernelBuilder* kernel = TF_NewKernelBuilder(operation.name, "CPU", operation.create, operation.compute, operation.destroy);
  TF_RegisterKernelBuilder(operation.name, kernel, status);
}

/** What was in the way; empty where nothing was. */
std::string RegisterAll() {
  Status status;
  for (const auto& operations : {MomentsOperations(), BatchNormOperations(), DepthwiseOperations()}) {
    for (const Operation& operation : operations) {
      Register(operation, status);
      if (!status.ok()) return TF_Message(status);
    }
  }
  return "";
}

}  // namespace
}  // namespace layer_vitals

NAPI_MODULE_INIT() {
  // Once in a process, whichever threads of Node load this.
  static const std::string fault = layer_vitals::RegisterAll();
  if (!fault.empty()) napi_throw_error(env, nullptr, fault.c_str());
  return exports;
}
