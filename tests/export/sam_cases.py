"""A template with all that a rewriting must keep or move, and what has to come out."""

TEMPLATE = """\
AWSTemplateFormatVersion: 2010-09-09
Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]
Description: >-
  Text over
  two lines
Parameters:
  Stage: {Type: String, Default: prod}
Globals:
  Function:
    Runtime: python3.13
    Environment: &shared
      Variables:
        ACCOUNT: 012345678901
        ON: "on"
Resources:
  Hello:
    Type: AWS::Serverless::Function
    # a comment
    Properties:
      CodeUri: src/
      Handler: app.handler
      Environment: *shared
      Policies:
        - !Sub "arn:${AWS::Partition}:iam::aws:policy/${Stage}"
      Events:
        Api: {Type: Api, Properties: {Path: "/{id}", Method: get}}
  Old:
    Type: AWS::Serverless::Function
    Metadata: {BuildMethod: go1.x}
    Properties:
      CodeUri: go
      Handler: main
      Runtime: go1.x
  Plain:
    Type: AWS::Lambda::Function
    Properties:
      Code: src
      Handler: app.handler
      Runtime: python3.13
      Role: !GetAtt Role.Arn
  Page:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: page/, Runtime: nodejs22.x, Handler: index.handler}
  There:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: s3://bucket/key, Runtime: nodejs22.x, Handler: index.handler}
  Layer:
    Type: AWS::Serverless::LayerVersion
    Properties: {ContentUri: ./layer}
  Machine:
    Type: AWS::Serverless::StateMachine
    Properties: {DefinitionUri: ../machine.asl.json}
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: !Ref Stage
      DefinitionBody:
        Fn::Transform: {Name: AWS::Include, Parameters: {Location: api.yaml}}
  Job:
    Type: AWS::Glue::Job
    Properties: {Command: {ScriptLocation: job.py}}
  Below:
    Type: AWS::Serverless::Application
    Properties: {Location: below/template.yaml, Parameters: {Stage: !Ref Stage}}
  Elsewhere:
    Type: AWS::Serverless::Application
    Properties: {Location: https://example.com/template.yaml}
"""

BELOW = """\
Transform: AWS::Serverless-2016-10-31
Parameters:
  Stage: {Type: String}
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: ../src, Runtime: python3.13, Handler: app.handler}
"""
