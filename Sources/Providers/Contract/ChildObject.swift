package import KubernetesAPI

/// One observed object that belongs to a DatabaseCluster, of whatever kind.
package struct ChildObject: KubernetesObject {
    package let resource: ResourceType
    /// A typed sparse kind (Pod, PersistentVolumeClaim, …), or a `DynamicObject` where all of the object is needed.
    package let body: any KubernetesObject

    package var metadata: ObjectMeta { body.metadata }

    package init(resource: ResourceType, body: any KubernetesObject) {
        self.resource = resource
        self.body = body
    }
}
